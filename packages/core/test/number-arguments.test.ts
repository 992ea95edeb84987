import { describe, expect, it } from "vitest";
import {
  checkpoint,
  debugNans,
  grad,
  jit,
  jvp,
  log,
  scan,
  scope,
  tensor,
  type Tensor,
  type TensorLike,
  vmap,
} from "@adjoint/core";
import * as tree from "@adjoint/core/tree";

const scale = (x: Tensor, n: TensorLike): Tensor => x.mul(n);
const half = tensor([1, 2], { dtype: "float16" });
const whole = tensor([1, 2], { dtype: "int32" });

describe("numbers as arguments adapt as they do beside a tensor", () => {
  it.each([
    ["eager", scale],
    ["jit", jit(scale)],
    ["vmap", vmap(scale, { inAxes: [0, null] })],
    ["checkpoint", checkpoint(scale)],
    [
      "jvp",
      (x: Tensor, n: TensorLike) =>
        jvp((v: Tensor, m: TensorLike) => v.mul(m), [x, n], [x, 0] as never)[0],
    ],
  ])("%s", (_name, fn) => {
    const run = fn as (x: Tensor, n: TensorLike) => Tensor;
    expect(run(half, 2).dtype).toBe("float16");
    expect(run(whole, 2).dtype).toBe("int32");
    expect(run(whole, 2.5).dtype).toBe("float32");
    expect(run(whole, 2).toArraySync()).toEqual([2, 4]);
    expect(run(whole, 2.5).toArraySync()).toEqual([2.5, 5]);
  });
  it("does not upcast a state of half precision", () => {
    const step = jit((w: Tensor, rate: TensorLike) =>
      w.sub(grad((v: Tensor) => v.mul(v).sum())(w).mul(rate)),
    );
    expect(step(half, 0.25).dtype).toBe("float16");
    expect(step(half, 0.25).toArraySync()).toEqual([0.5, 1]);
  });
  it("keeps 0 and -0 apart as static arguments", () => {
    const f = jit((x: Tensor, k: number) => x.div(k), { staticArgnums: [1] });
    expect([f(tensor(1), 0).itemSync(), f(tensor(1), -0).itemSync()]).toEqual([
      Infinity,
      -Infinity,
    ]);
  });
});

describe("debugNans", () => {
  it("looks inside loops and checkpoints", () => {
    const loop = (): unknown =>
      scan(
        (c: Tensor, x: Tensor): [Tensor, null] => [c.sub(x).log(), null],
        tensor(1.5),
        tensor([1, 2, 3]),
      );
    expect(() => debugNans(loop)).toThrow(/^log: gave a NaN/);
    expect(() => debugNans(() => checkpoint((x: Tensor) => log(x).mul(2))(tensor(-1)))).toThrow(
      /^log: gave a NaN/,
    );
  });
});

describe("scopes and trees", () => {
  it("refuses asynchronous scopes", () => {
    expect(() => scope(async () => tensor(1))).toThrow(/returns at once/);
  });
  it("keeps types through flatten and unflatten, and optional leaves", () => {
    type Params = { readonly w: Tensor; readonly c?: Tensor };
    const params: Params = { w: tensor([1, 2]) };
    const { leaves, structure } = tree.flatten(params);
    const back: Params = tree.unflatten(structure, leaves);
    expect(back.w).toBe(params.w);
    const sizes: { readonly w: number; readonly c?: number } = tree.map(
      (a: Tensor) => a.size,
      params,
    );
    expect(sizes).toEqual({ w: 2 });
    expect(tree.leaves(params).map((x) => x.size)).toEqual([2]);
  });
});
