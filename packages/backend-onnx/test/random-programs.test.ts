import * as A from "@adjoint/core";
import type { Tensor } from "@adjoint/core";
import * as fc from "fast-check";
import { describe, it } from "vitest";
import { checkProgram, floats } from "./support/check-program.ts";

const [rows, columns] = [4, 6];

/** Operations on (4, 6) matrices that give such a matrix; `b` is another value of the program, `c` a constant. */
const operations: readonly ((a: Tensor, b: Tensor, c: number) => Tensor)[] = [
  (a, b) => a.add(b),
  (a, b) => a.sub(b),
  (a, b) => a.mul(b),
  (a, b) => a.div(A.square(b).add(1)),
  (a) => a.neg(),
  (a, _b, c) => a.mul(c),
  (a, _b, c) => a.add(c),
  (a, _b, c) => a.div(c === 0 ? 4 : c),
  (a) => A.tanh(a),
  (a) => A.gelu(a),
  (a) => A.sigmoid(a).sub(0.5),
  (a, b) => A.maximum(a, b),
  (a, b) => A.where(a.less(b), a, b.mul(0.5)),
  (a) => a.transpose().mul(2).transpose(),
  (a) => a.reshape([2, 12]).neg().reshape([rows, columns]),
  (a) => a.sum(1, { keepDims: true }).broadcastTo([rows, columns]).mul(0.25),
  (a) => a.sub(a.mean(0)),
  (a) => A.softmax(a),
  (a, b) => A.layerNorm(a, b.slice([0, 0], [1, columns]).reshape([columns])),
  (a, b) => a.matmul(b.transpose()).matmul(a).mul(0.05),
  (a, b) => a.transpose().matmul(b).neg().matmul(a.transpose()).transpose().mul(0.05),
  (a, b) =>
    A.concatenate([a.slice([0, 0], [2, columns]), b.slice([2, 0], [rows, columns]).neg()], 0),
  (a, b) => A.stack([a, b], 1).slice([0, 1, 0], [rows, 2, columns]).reshape([rows, columns]),
  (a) => A.flip(a, 1).mul(0.5),
  (a) => A.cumsum(a, 1).mul(0.2),
  (a) =>
    A.pad(a.slice([1, 0], [rows, columns]), [
      [1, 0],
      [0, 0],
    ]),
  (a) => A.take(a, A.tensor([1, 0, 3, 3], { dtype: "int32" }), { axis: 0 }),
  (a, b) =>
    A.scan(
      (c: Tensor, x: Tensor) => [c.mul(0.5).add(x), c] as const,
      b.slice([0, 0], [1, columns]).reshape([columns]),
      a,
    )[1],
];

type Step = { readonly op: number; readonly a: number; readonly b: number; readonly c: number };

const step: fc.Arbitrary<Step> = fc.record({
  op: fc.nat({ max: operations.length - 1 }),
  a: fc.nat({ max: 30 }),
  b: fc.nat({ max: 30 }),
  c: fc.constantFrom(-2, -1, -0.5, 0, 0.25, 1, 3),
});

const run = (steps: readonly Step[], inputs: readonly Tensor[]): Tensor => {
  const values = [...inputs];
  for (const { op, a, b, c } of steps) {
    const [x, y] = [
      values[values.length - 1 - (a % Math.min(4, values.length))],
      values[b % values.length],
    ];
    const fn = operations[op];
    if (x !== undefined && y !== undefined && fn !== undefined)
      values.push(A.tanh(fn(x, y, c)).mul(1.5));
  }
  return values.slice(-3).reduce((sum, v) => sum.add(v));
};

const inputs = [floats([rows, columns], 1), floats([rows, columns], 2)];

describe("random programs", () => {
  it(
    "compiled, with their gradients, give what the reference gives",
    () =>
      fc.assert(
        fc.asyncProperty(
          fc.array(step, { minLength: 3, maxLength: 20 }),
          (steps) =>
            checkProgram(
              (x, y) => {
                const [value, grads] = A.valueAndGrad((p: { x: Tensor; y: Tensor }) =>
                  run(steps, [p.x, p.y]).sum(),
                )({ x, y });
                return [value, grads.x, grads.y, run(steps, [x, y])];
              },
              inputs,
              "program",
              50,
            ), // up to twenty operations, some of which subtract what is nearly equal
        ),
        { numRuns: 60, seed: 7, endOnFailure: true },
      ),
    120_000,
  );
});
