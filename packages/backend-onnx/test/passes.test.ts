import * as A from "@adjoint/core";
import type { Tensor } from "@adjoint/core";
import { traceFlat } from "@adjoint/core/backend";
import { describe, expect, it } from "vitest";
import { prepare } from "../src/backend/prepare.ts";
import { array, checkProgram, floats } from "./support/check-program.ts";

type Fn = (...xs: Tensor[]) => Tensor | readonly Tensor[];

const prepared = (fn: Fn, ...shapes: readonly (readonly number[])[]) =>
  prepare(
    traceFlat(
      shapes.map((shape) => floats(shape)),
      (xs) => {
        const result = fn(...xs);
        return Array.isArray(result) ? (result as readonly Tensor[]) : [result as Tensor];
      },
    ),
  );

/** Names of the operations that are left. */
const left = (fn: Fn, ...shapes: readonly (readonly number[])[]): readonly string[] =>
  prepared(fn, ...shapes).ir.eqns.map((e) => e.primitive.name);

const count = (names: readonly string[], name: string): number =>
  names.filter((n) => n === name).length;

describe("what is left of a program before lowering", () => {
  it("no constants: masks are computed once", () => {
    const { ir, constants } = prepared(
      (x) =>
        A.softmax(
          x.add(
            A.tril(A.ones([4, 4]))
              .equal(0)
              .where(-Infinity, 0),
          ),
        ),
      [4, 4],
    );
    expect(ir.eqns.map((e) => e.primitive.name)).toEqual(["add", "softmax"]);
    expect([...constants.values()].some((c) => c.data.length === 16)).toBe(true);
    expect(ir.eqns[1]?.params["neverMasked"]).toBeUndefined(); // x itself may hold -Infinity
  });
  it("a softmax of scores under a causal mask looks for no masked row", () => {
    const { ir } = prepared(
      (x) =>
        A.softmax(
          x.matmul(x.transpose()).add(
            A.tril(A.ones([4, 4]))
              .equal(0)
              .where(-Infinity, 0),
          ),
        ),
      [4, 4],
    );
    expect(ir.eqns.at(-1)?.params["neverMasked"]).toBe(true);
  });
  it("nor does one whose masked scores are replaced, unless a row has no other", () => {
    const masked = (low: number) => (x: Tensor) =>
      A.softmax(
        A.where(
          A.tril(A.ones([4, 4]), { offset: low }).greater(0),
          x.matmul(x.transpose()).mul(0.5),
          -Infinity,
        ),
      );
    expect(prepared(masked(0), [4, 4]).ir.eqns.at(-1)?.params["neverMasked"]).toBe(true);
    expect(prepared(masked(-1), [4, 4]).ir.eqns.at(-1)?.params["neverMasked"]).toBeUndefined();
  });
  it("a rectifier reads x once, and keeps NaN", async () => {
    expect(left((x) => A.relu(x), [4, 3])).toEqual(["max"]);
    const x = array("float32", [6], [Number.NaN, -1, 0, -0, 2, -Infinity]);
    await checkProgram((t) => A.relu(t), [x]);
    await checkProgram((t) => A.grad((u: Tensor) => A.relu(u).mul(3).sum())(t), [x]);
  });
  it("nothing twice, nothing unread, nothing neutral", () =>
    expect(
      left(
        (x) => {
          void x.exp();
          return [
            x.sin().mul(1),
            x.sin().sub(0).div(1),
            x.transpose().transpose().reshape([4, 3]).reshape([12]),
          ];
        },
        [3, 4],
      ),
    ).toEqual(["sin", "reshape"]));
  it("factors merge and signs move behind sums", () =>
    expect(left((x) => x.mul(2).neg().mul(3).mul(x).neg().sum(1).div(-4), [3, 4])).toEqual([
      "mul",
      "mul",
      "sum",
      "mul",
    ]));
  it("products read transposed operands and swap instead of transposing the result", () => {
    expect(left((a, b) => a.transpose().matmul(b.transpose()), [3, 4], [5, 3])).toEqual([
      "dotGeneral",
    ]);
    expect(left((a, b) => a.matmul(b).transpose(), [3, 4], [4, 5])).toEqual(["dotGeneral"]);
    expect(left((a, b) => a.mul(0.5).matmul(b).mul(3), [3, 4], [4, 5])).toEqual(["dotGeneral"]);
  });
  it("a factor that could overflow, vanish or hide a NaN stays where it is", () => {
    for (const factor of [0, 1e-20, 1e20, Infinity, NaN])
      expect(left((a, b) => a.mul(factor).matmul(b), [3, 4], [4, 5])).toEqual([
        "mul",
        "dotGeneral",
      ]);
  });
  it("the gradient of a linear layer is three products, none of them transposed first", () => {
    const names = left(
      (x, w) => {
        const g = A.grad((p: { x: Tensor; w: Tensor }) => A.tanh(p.x.matmul(p.w)).sum())({ x, w });
        return [g.x, g.w];
      },
      [2, 3, 4],
      [4, 5],
    );
    expect([count(names, "dotGeneral"), count(names, "transpose")]).toEqual([3, 0]);
  });
  it("gradients of slices are joined", () => {
    const parts = (t: Tensor): Tensor =>
      [0, 1, 2]
        .map((i) => t.slice([i, 0], [i + 1, 4]).mul(i + 2))
        .reduce((a, b) => a.mul(b))
        .sum();
    const names = left((x) => A.grad(parts)(x), [3, 4]);
    expect([count(names, "pad"), count(names, "concatenate")]).toEqual([0, 1]);
  });
  it("value and derivative share erf and the normalised input", () => {
    const names = left(
      (x, s) =>
        A.grad((x: Tensor) => A.gelu(A.layerNorm(x, s)).sum())(x).add(
          A.gelu(A.layerNorm(x, s)).sum(),
        ),
      [3, 8],
      [8],
    );
    expect([count(names, "erf"), count(names, "gelu"), count(names, "layerNorm")]).toEqual([
      1, 0, 1,
    ]);
  });
  it("a barrier keeps what checkpoint computes again", () => {
    const f = (x: Tensor): Tensor => x.sin().cos().sum();
    const sines = (f: (x: Tensor) => Tensor): number =>
      count(
        left((x) => A.valueAndGrad(f)(x), [3]),
        "sin",
      );
    expect([sines(f), sines(A.checkpoint(f))]).toEqual([2, 3]); // the derivative of cos is a sine too
  });
});
