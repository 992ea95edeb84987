import * as A from "@adjoint/core";
import {
  ArgumentError,
  DisposedError,
  DTypeError,
  ShapeError,
  tensor,
  type Tensor,
  TracerError,
  TransformError,
  TreeError,
} from "@adjoint/core";
import { LeakError, expectNoLeak } from "@adjoint/core/testing";
import * as tree from "@adjoint/core/tree";
import { describe, expect, it } from "vitest";
import { errorOf, refuses } from "./support/refuses.ts";

const file = "bad-input-transforms\\.test\\.ts";
const x = tensor([1, 2, 3]);
const whole = tensor([1, 2], { dtype: "int32" });
const squares = (v: Tensor): Tensor => v.mul(v).sum();
const same = (v: Tensor): Tensor => v;
/** Callers without a type checker can pass anything. */
const untyped = (value: unknown): never => value as never;

describe("arguments and results of transforms", () => {
  refuses(file, {
    "a vector as loss": [() => A.grad(untyped(A.sin))(x), ShapeError, "grad", "float32[3]"],
    "an integer as loss": [
      () => A.grad((v: Tensor) => v.sum().cast("int32"))(x),
      ShapeError,
      "grad",
      "int32[]",
    ],
    "no loss": [
      () => A.grad(untyped(() => undefined))(untyped(x)),
      ShapeError,
      "grad",
      "no tensor",
    ],
    "a promise as loss": [
      () => A.grad(untyped(async (v: Tensor) => v.sum()))(untyped(x)),
      ArgumentError,
      "grad",
      "a Promise",
    ],
    "a pair without hasAux": [
      () => A.grad(untyped((v: Tensor) => [v.sum(), v]))(untyped(x)),
      TreeError,
      "grad",
      "hasAux",
    ],
    "hasAux without a pair": [
      () => A.grad(squares as never, { hasAux: true })(untyped(x)),
      TreeError,
      "grad",
      "[loss, aux]",
    ],
    "integers to differentiate": [() => A.grad(squares)(whole), DTypeError, "grad", "int32[2]"],
    "integers deep in a tree": [
      () => A.grad((p: { a: Tensor; n: readonly Tensor[] }) => p.a.sum())({ a: x, n: [x, whole] }),
      DTypeError,
      "grad",
      "[0].n[1]",
    ],
    "a position that is not there": [
      () => A.grad(squares, { argnums: untyped(1) })(x),
      ArgumentError,
      "grad",
      "1 for 1",
    ],
    "a negative position": [
      () => A.valueAndGrad(squares, { argnums: untyped(-1) })(x),
      ArgumentError,
      "valueAndGrad",
      "-1",
    ],
    "text in a tree": [
      () => A.grad((p: { w: Tensor; kind: string }) => p.w.sum())({ w: x, kind: "relu" }),
      ArgumentError,
      "grad",
      "string at [0].kind",
    ],
    "a typed array": [
      () => A.jit(same)(untyped(new Float32Array(3))),
      ArgumentError,
      "jit",
      "a Float32Array",
    ],
    "a Map": [() => A.vmap(same)(untyped(new Map())), ArgumentError, "vmap", "a Map"],
    "a function as result": [
      () => A.jit(untyped(() => () => 1))(untyped(x)),
      ArgumentError,
      "jit",
      "function",
    ],
    "a static argument that is not there": [
      () => A.jit(squares, { staticArgnums: [3] })(x),
      ArgumentError,
      "jit",
      "3 for 1",
    ],
    "a static tensor": [
      () => A.jit(squares, { staticArgnums: [0] })(x),
      ArgumentError,
      "jit",
      "take it out of staticArgnums",
    ],
    "a static donation": [
      () => A.jit(squares, { staticArgnums: [0], donateArgnums: [0] }),
      ArgumentError,
      "jit",
      "[0]",
    ],
    "a Jacobian in a position that is not there": [
      () => A.jacfwd(same, { argnums: 2 })(x),
      ArgumentError,
      "jacfwd",
      "2 for 1",
    ],
    "a Jacobian in integers": [() => A.jacrev(same)(whole), DTypeError, "jacrev", "int32[2]"],
    "text in a checkpoint": [
      () => A.checkpoint((v: Tensor, _s: string) => v)(x, "a"),
      ArgumentError,
      "checkpoint",
      "string at [1]",
    ],
  });
});

describe("tangents and cotangents", () => {
  refuses(file, {
    "of another shape": [
      () => A.jvp(A.sin, [x], [A.ones([2])]),
      ShapeError,
      "jvp",
      "float32[2] for float32[3]",
    ],
    "of another structure": [
      () => A.jvp((p: { a: Tensor }) => p.a, [{ a: x }], untyped([{ b: x }])),
      TreeError,
      "jvp (tangent)",
      "at [0] expected an object with keys a",
    ],
    missing: [() => A.jvp(A.sin, [x], untyped([])), TreeError, "jvp (tangent)", "an array of 0"],
    "of a result": [
      () => A.vjp(same, x)[1](A.ones([2])),
      ShapeError,
      "vjp",
      "float32[2] for float32[3]",
    ],
    "of a tree": [
      () => A.vjp((v: Tensor) => ({ y: v }), x)[1](untyped(x)),
      TreeError,
      "vjp (cotangent)",
      "keys y",
    ],
    "of a linear function": [
      () => A.linearize(same, x)[1](A.ones([2])),
      ShapeError,
      "linearize",
      "float32[2]",
    ],
    "of a custom backward rule": [
      () =>
        A.grad((v: Tensor) =>
          A.customVjp(
            same,
            (w: Tensor) => [w, null],
            (_r, ct) => [(ct as Tensor).sum()],
          )(v).sum(),
        )(x),
      ShapeError,
      "customVjp",
      "float32[] for float32[3]",
    ],
    "too few from a custom backward rule": [
      () =>
        A.grad((v: Tensor) =>
          A.customVjp(
            same,
            (w: Tensor) => [w, null],
            untyped(() => []),
          )(v).sum(),
        )(x),
      TreeError,
      "customVjp backward rule",
      "an array of 0",
    ],
    "of a custom forward rule": [
      () => A.grad((v: Tensor) => A.customJvp(same, ([w], [t]) => [w, t.sum()])(v).sum())(x),
      ShapeError,
      "customJvp",
      "float32[] for float32[3]",
    ],
    "forward through a backward rule": [
      () =>
        A.jvp(
          A.customVjp(
            same,
            (w: Tensor) => [w, null],
            (_r, ct) => [ct as Tensor],
          ),
          [x],
          [x],
        ),
      TransformError,
      "customVjp",
      "customJvp",
    ],
    "closed over by a custom rule": [
      () =>
        A.grad((v: Tensor) =>
          A.customJvp(
            (w: Tensor) => w.mul(v),
            ([w], [t]) => [w, t],
          )(A.ones([3])).sum(),
        )(x),
      TransformError,
      "customJvp",
      "pass it as an argument",
    ],
  });
});

describe("mapped axes", () => {
  refuses(file, {
    "of different sizes": [
      () => A.vmap(A.add)(A.ones([2]), A.ones([3])),
      ShapeError,
      "vmap",
      "2 at [0] float32[2] and 3 at [1]",
    ],
    "of a scalar": [() => A.vmap(same)(tensor(1)), ShapeError, "vmap", "a scalar has no axes"],
    "out of range": [() => A.vmap(same, { inAxes: 3 })(x), ShapeError, "vmap", "axis 3"],
    none: [() => A.vmap(same, { inAxes: null })(x), ArgumentError, "vmap", "set inAxes"],
    "for too few arguments": [
      () => A.vmap(A.add, { inAxes: [0] })(x, x),
      TreeError,
      "vmap (inAxes)",
      "at the root expected an array of 2, got an array of 1",
    ],
    "for other keys": [
      () =>
        A.vmap((p: { a: { b: Tensor } }) => p.a.b, { inAxes: [{ a: { c: 0 } }] })({ a: { b: x } }),
      TreeError,
      "vmap (inAxes)",
      "at [0].a expected an object with keys b, got an object with keys c",
    ],
    "for leaves that have no parts": [
      () => A.vmap(same, { inAxes: [[0]] })(x),
      ArgumentError,
      "vmap",
      "at [0]",
    ],
    "of results": [() => A.vmap(same, { outAxes: 3 })(x), ShapeError, "vmap", "axis 3"],
    "of results that differ": [
      () => A.vmap(same, { outAxes: null })(x),
      ArgumentError,
      "vmap",
      "a mapped output",
    ],
    "without their name": [() => A.psum(x, "n"), TransformError, "psum", 'axisName: "n"'],
    "of another name": [
      () => A.vmap((v: Tensor) => A.psum(v, "m"), { axisName: "n" })(x),
      TransformError,
      "psum",
      '"m"',
    ],
  });
});

describe("loops and branches", () => {
  refuses(file, {
    "a carry of another shape": [
      () => A.scan((c: Tensor, y: Tensor) => [c.add(A.ones([2])), y], tensor(0), x),
      ShapeError,
      "scan",
      "float32[] in and float32[2] out",
    ],
    "a carry of another dtype": [
      () => A.scan((c: Tensor, y: Tensor) => [c.cast("int32"), y], tensor(0), x),
      DTypeError,
      "scan",
      "int32[] out",
    ],
    "a carry of another structure": [
      () =>
        A.scan(
          untyped((c: Tensor, y: Tensor) => [{ c }, y]),
          tensor(0),
          x,
        ),
      TreeError,
      "scan carry",
      "keys c",
    ],
    "a body without an output": [
      () =>
        A.scan(
          untyped((c: Tensor) => c),
          tensor(0),
          x,
        ),
      ShapeError,
      "scan",
      "[carry, null]",
    ],
    "sequences of different lengths": [
      () =>
        A.scan((c: Tensor, _y: readonly Tensor[]) => [c, null], tensor(0), [
          A.ones([2]),
          A.ones([3]),
        ]),
      ShapeError,
      "scan",
      "[2,3]",
    ],
    "a scalar as sequence": [
      () => A.scan((c: Tensor, y: Tensor) => [c, y], tensor(0), tensor(1)),
      ShapeError,
      "scan",
      "leading axis",
    ],
    "no length": [
      () => A.scan((c: Tensor, _y: null) => [c, null], tensor(0), null),
      ShapeError,
      "scan",
      "length undefined",
    ],
    "a wrong length": [
      () => A.scan((c: Tensor, y: Tensor) => [c, y], tensor(0), x, { length: 5 }),
      ShapeError,
      "scan",
      "length 5",
    ],
    "branches of different shapes": [
      () => A.cond(true, same, squares, x),
      ShapeError,
      "cond",
      "float32[] and float32[3]",
    ],
    "branches of different dtypes": [
      () => A.cond(true, same, (v: Tensor) => v.cast("int32"), x),
      DTypeError,
      "cond",
      "int32[3]",
    ],
    "branches of different structures": [
      () =>
        A.cond(
          true,
          untyped((v: Tensor) => ({ v })),
          untyped((v: Tensor) => [v]),
          x,
        ),
      TreeError,
      "cond branches",
      "keys v",
    ],
    "a vector as choice": [
      () => A.cond(tensor([true, false]), same, same, x),
      ShapeError,
      "cond",
      "use where or vmap",
    ],
    "a vector as condition": [
      () =>
        A.whileLoop(
          (c: Tensor) => c.less(3),
          (c: Tensor) => c.add(1),
          x,
        ),
      ShapeError,
      "whileLoop",
      "bool[3]",
    ],
    "a state that grows": [
      () =>
        A.whileLoop(
          (c: Tensor) => c.sum().less(3),
          (c: Tensor) => c.expandDims(0),
          tensor(0),
        ),
      ShapeError,
      "whileLoop",
      "float32[1] out",
    ],
    "reverse mode through a while loop": [
      () =>
        A.grad((v: Tensor) =>
          A.whileLoop(
            (c: Tensor) => c.less(3),
            (c: Tensor) => c.mul(2),
            v,
          ),
        )(tensor(1)),
      TransformError,
      "whileLoop",
      "use scan",
    ],
    "fractions as bounds": [
      () => A.foriLoop(0.5, 2, (_i, c: Tensor) => c, x),
      ArgumentError,
      "foriLoop",
      "0.5 and 2",
    ],
  });
});

describe("traced values", () => {
  /** A value of a trace that is over. */
  const stolen = (): Tensor => {
    let kept = x;
    A.jit((v: Tensor) => {
      kept = v.mul(2);
      return v;
    })(x);
    return kept;
  };
  const leaked = stolen();
  refuses(file, {
    "are not read": [
      () => A.grad((v: Tensor) => v.mul(Number(v.itemSync())))(tensor(2)),
      TracerError,
      "read",
      "has no data yet",
    ],
    "are not read by jit": [
      () => A.jit((v: Tensor) => v.add(v.dataSync().length))(x),
      TracerError,
      "read",
      "float32[3]",
    ],
    "are not compared": [
      () => A.jit((v: Tensor) => (untyped(v) > 1 ? v : v.neg()))(tensor(2)),
      ArgumentError,
      "tensor",
      "where or cond",
    ],
    "do not leave": [() => leaked.add(1), TracerError, "trace", "from a finished trace"],
    "are not read afterwards": [() => leaked.dataSync(), TracerError, "trace", "float32[3]"],
    "do not enter another trace": [
      () => A.jit((v: Tensor) => v.add(leaked))(x),
      TracerError,
      "trace",
      "finished trace",
    ],
    "are not returned by another trace": [
      () => A.jit((_v: Tensor) => leaked)(x),
      TracerError,
      "trace",
      "finished trace",
    ],
    "of a scan stay inside": [
      () => {
        let kept = x;
        A.scan((c: Tensor, y: Tensor) => [c, (kept = y)], tensor(0), x);
        return kept.add(1);
      },
      TracerError,
      "trace",
      "return it from the function",
    ],
  });
  it("print what they are", () => {
    let text = "";
    A.jit((v: Tensor) => {
      text = String(v);
      return v;
    })(x);
    expect(text).toBe("Tensor(float32[3], traced)");
  });
});

describe("disposed and donated tensors", () => {
  const gone = (): Tensor => {
    const v = tensor([1, 2, 3]);
    v.dispose();
    return v;
  };
  const step = A.jit((v: Tensor) => v.add(1), { donateArgnums: [0] });
  const spent = (): Tensor => {
    const v = tensor([1, 2, 3]);
    step(v);
    return v;
  };
  const sum2 = A.jit(A.add, { donateArgnums: [0] });
  refuses(file, {
    "are not used": [() => gone().add(1), DisposedError, "tensor", "float32[3]"],
    "are not read": [() => gone().dataSync(), DisposedError, "tensor", "float32[3]"],
    "are not compiled with": [() => A.jit(squares)(gone()), DisposedError, "tensor", "float32[3]"],
    "are not differentiated": [
      () => A.grad(squares)(gone()),
      DisposedError,
      "tensor",
      "float32[3]",
    ],
    "are not used after donation": [
      () => spent().add(1),
      DisposedError,
      "tensor",
      "do not donate it",
    ],
    "are not donated twice": [() => step(spent()), DisposedError, "tensor", "do not donate it"],
    "are not donated and passed": [
      () => {
        const v = tensor([1]);
        return sum2(v, v);
      },
      ArgumentError,
      "jit",
      "pass a copy",
    ],
    "are gone after their scope": [
      () => {
        let kept = x;
        A.scope(() => {
          kept = tensor([1]);
        });
        return kept.add(1);
      },
      DisposedError,
      "tensor",
      "returning it from the scope",
    ],
    "are gone after their block": [
      () => {
        let kept = x;
        {
          using inner = tensor([1]);
          kept = inner;
        }
        return kept.add(1);
      },
      DisposedError,
      "tensor",
      "float32[1]",
    ],
    "do not count as leaks, but others do": [
      () => expectNoLeak(() => void tensor([1]).add(1)),
      LeakError,
      "expectNoLeak",
      "2 more",
    ],
  });
  it("say so in print, and may be disposed of again", () => {
    const v = gone();
    v.dispose();
    expect(String(v)).toBe("Tensor(float32[3], disposed)");
  });
});

describe("trees", () => {
  refuses(file, {
    "of different lengths": [
      () => tree.map((a: number, b: number) => a + b, { w: [1, 2] }, { w: [1] }),
      TreeError,
      "tree.map",
      "at w expected an array of 2, got an array of 1",
    ],
    "of different keys": [
      () => tree.map((a: number, b: number) => a + b, { w: 1, b: 2 }, untyped({ w: 1, c: 3 })),
      TreeError,
      "tree.map",
      "keys b, w, got an object with keys c, w",
    ],
    "of different depth": [
      () => tree.map((a: number, b: number) => a + b, { w: { x: 1 } }, untyped({ w: 1 })),
      TreeError,
      "tree.map",
      "at w expected an object with keys x, got a leaf",
    ],
    "with too few leaves": [
      () => tree.unflatten(tree.structure([1, 2]), [1]),
      TreeError,
      "unflatten",
      "one leaf per place",
    ],
    "with too many leaves": [
      () => tree.unflatten(tree.structure([1]), [1, 2]),
      TreeError,
      "unflatten",
      "more leaves",
    ],
  });
});

it("errors hold their parts as data", () => {
  const error = errorOf(() => A.add(A.ones([2, 3]), A.ones([4])));
  expect({ ...error }).toMatchObject({
    name: "ShapeError",
    operation: "add",
    rule: "shapes must broadcast (equal sizes, or 1)",
    got: "[2,3] and [4]",
    fix: "reshape, transpose or expandDims one operand",
  });
});

it("a failed transform leaves no trace behind", () => {
  errorOf(() => A.jit((v: Tensor) => A.vmap((w: Tensor) => w.add(A.ones([7])).reshape([3]))(v))(x));
  errorOf(() => A.grad((v: Tensor) => v.mul(Number(v.itemSync())))(tensor(2)));
  expect(A.grad(squares)(x).toArraySync()).toEqual([2, 4, 6]);
  expect(x.add(1).toArraySync()).toEqual([2, 3, 4]);
});
