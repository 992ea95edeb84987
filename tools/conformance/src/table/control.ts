import * as A from "@adjoint/core";
import type { Tensor } from "@adjoint/core";
import { floats, ints, shaped, vector } from "../data.ts";
import { example, type Row, row } from "../row.ts";

const flag = (on: boolean) => shaped("bool", [], [on ? 1 : 0]);
const int = (n: number) => shaped("int32", [], [n]);

const scans: readonly Row[] = [
  row(
    "scan",
    ["scan"],
    [
      example("running sum", [floats([]), floats([4])], (c, xs) =>
        A.scan((carry: Tensor, x: Tensor) => [carry.add(x), carry.mul(x)] as const, c, xs),
      ),
      example("reversed", [floats([2]), floats([3, 2])], (c, xs) =>
        A.scan((carry: Tensor, x: Tensor) => [carry.mul(x).sin(), x.mul(2)] as const, c, xs, {
          reverse: true,
        }),
      ),
      example(
        "a closed-over matrix",
        [floats([2, 2], -0.7, 0.7), floats([2]), floats([3, 2])],
        (w, c, xs) =>
          A.scan(
            (carry: Tensor, x: Tensor) => [w.matmul(carry).add(x).tanh(), carry.sum()] as const,
            c,
            xs,
          ),
      ),
      example("trees", [floats([2]), floats([3, 2])], (c, xs) =>
        A.scan(
          ({ a, n }: { a: Tensor; n: Tensor }, [x]: readonly [Tensor]) =>
            [{ a: a.add(x), n: n.add(1) }, { y: a.mul(x) }] as const,
          { a: c, n: A.tensor(0, { dtype: "int32" }) },
          [xs] as const,
        ),
      ),
      example("without a sequence", [floats([])], (c) =>
        A.scan((carry: Tensor, _x: null) => [carry.mul(1.1), carry] as const, c, null, {
          length: 3,
        }),
      ),
      example("no steps", [floats([2]), floats([0, 2])], (c, xs) =>
        A.scan((carry: Tensor, x: Tensor) => [carry.add(x), carry] as const, c, xs),
      ),
      example("nested", [floats([]), floats([2, 3])], (c, xs) =>
        A.scan(
          (carry: Tensor, x: Tensor) =>
            A.scan((d: Tensor, y: Tensor) => [d.mul(y).sin(), d] as const, carry, x),
          c,
          xs,
        ),
      ),
      example("int32", [int(1), ints([4], 1, 3)], (c, xs) =>
        A.scan((carry: Tensor, x: Tensor) => [carry.mul(x), carry] as const, c, xs),
      ),
      example("indices in the sequence", [floats([3]), vector("int32", [2, 0, 1, 1])], (c, xs) =>
        A.scan((carry: Tensor, i: Tensor) => [carry.mul(1.2), A.take(carry, i)] as const, c, xs),
      ),
    ],
  ),
  row(
    "map",
    ["scan"],
    [
      example("rows", [floats([3, 2])], (xs) => A.map((x: Tensor) => x.sin().sum(), xs)),
      example("trees", [floats([3, 2]), floats([3])], (a, b) =>
        A.map((p: { a: Tensor; b: Tensor }) => p.a.mul(p.b), { a, b }),
      ),
    ],
  ),
  row(
    "foriLoop",
    ["scan", "while"],
    [
      example("known bounds", [floats([2])], (x) =>
        A.foriLoop(0, 3, (i, c: Tensor) => c.mul(1.1).add(i.cast(c.dtype)).sin(), x),
      ),
      example("no turns", [floats([2])], (x) => A.foriLoop(3, 3, (_i, c: Tensor) => c.mul(2), x)),
      example(
        "an upper bound of data",
        [floats([2]), int(4)],
        (x, n) => A.foriLoop(0, n, (_i, c: Tensor) => c.mul(1.1).sin(), x),
        {
          order: 0,
          why: "the number of turns is data, so reverse mode cannot pass (as in JAX)",
        },
      ),
    ],
  ),
];

const loops: readonly Row[] = [
  row(
    "whileLoop",
    ["while"],
    [
      example(
        "until large",
        [shaped("float32", [], [1.3])],
        (x) =>
          A.whileLoop(
            (c: Tensor) => c.less(100),
            (c: Tensor) => c.mul(1.7),
            x,
          ),
        {
          order: 0,
          why: "reverse mode cannot pass a loop of unknown length (as in JAX)",
        },
      ),
      example(
        "a state of two",
        [int(0), floats([3])],
        (n, x) =>
          A.whileLoop(
            ([i]: readonly [Tensor, Tensor]) => i.less(4),
            ([i, c]: readonly [Tensor, Tensor]) => [i.add(1), c.mul(1.1).sin()] as const,
            [n, x] as const,
          ),
        {
          order: 0,
          why: "reverse mode cannot pass a loop of unknown length (as in JAX)",
        },
      ),
      example(
        "no turns",
        [floats([])],
        (x) =>
          A.whileLoop(
            (c: Tensor) => c.greater(100),
            (c: Tensor) => c.mul(2),
            x,
          ),
        {
          order: 0,
          why: "reverse mode cannot pass a loop of unknown length (as in JAX)",
        },
      ),
    ],
  ),
];

const choices: readonly Row[] = [
  row(
    "cond",
    ["cond"],
    [
      ...[true, false].map((on) =>
        example(`${on}`, [flag(on), floats([3])], (p, x) =>
          A.cond(
            p,
            (v: Tensor) => v.sin(),
            (v: Tensor) => v.mul(v),
            x,
          ),
        ),
      ),
      example("trees and closures", [flag(true), floats([2]), floats([2], 1, 2)], (p, x, y) =>
        A.cond(
          p,
          (t: { x: Tensor }) => ({ a: t.x.mul(y) }),
          (t: { x: Tensor }) => ({ a: y.div(t.x) }),
          { x },
        ),
      ),
      example("a float choice", [floats([], 1, 2), floats([2])], (p, x) =>
        A.cond(
          p.greater(1),
          (v: Tensor) => v.exp(),
          (v: Tensor) => v,
          x,
        ),
      ),
      example("int32", [flag(false), ints([2])], (p, x) =>
        A.cond(
          p,
          (v: Tensor) => v.add(1),
          (v: Tensor) => v.mul(2),
          x,
        ),
      ),
    ],
  ),
  row(
    "switchCase",
    ["cond"],
    [
      ...[0, 1, 2, 9, -4].map((n) =>
        example(`branch ${n}`, [int(n), floats([3])], (i, x) =>
          A.switchCase(
            i,
            [(v: Tensor) => v.sin(), (v: Tensor) => v.mul(3), (v: Tensor) => v.pow(2)],
            x,
          ),
        ),
      ),
    ],
  ),
];

/** Control flow. */
export const control: readonly Row[] = [...scans, ...loops, ...choices];
