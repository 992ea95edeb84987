import { jit, ones, tensor, type Tensor, zeros } from "@adjoint/core";
import { key, normal } from "@adjoint/core/random";
import { assertAllclose, checkGrads } from "@adjoint/core/testing";
import {
  batchNorm,
  groupNorm,
  instanceNorm,
  linear,
  rmsNorm,
  spectralNorm,
  spectralNormState,
  weightNormed,
  weightNormKernel,
  weightNormOf,
} from "@adjoint/nn";
import { describe, expect, test } from "vitest";
import { type Case, type Named, need, testCases } from "./support/cases.ts";

const channels = (t: Named) => ({
  ...(t["weight"] === undefined ? {} : { scale: t["weight"] }),
  ...(t["bias"] === undefined ? {} : { bias: t["bias"] }),
});

const runBatchNorm = (t: Named, { train, part, ...options }: Case["options"]): Tensor => {
  const state = { mean: need(t, "mean"), variance: need(t, "variance") };
  const [y, next] = batchNorm.apply(channels(t), state, need(t, "x"), {
    train: train === true,
    ...options,
  });
  return part === "mean" ? next.mean : part === "variance" ? next.variance : y;
};

testCases(
  "norms",
  {
    rmsNorm: (t, options) =>
      rmsNorm.apply(t["weight"] === undefined ? {} : { scale: t["weight"] }, need(t, "x"), options),
    groupNorm: (t, { groups }) =>
      groupNorm.apply(channels(t), need(t, "x"), { groups: Number(groups) }),
    instanceNorm: (t) => instanceNorm.apply(channels(t), need(t, "x")),
    batchNorm: runBatchNorm,
    // PyTorch's weights are (out, in): axis 0 of them is the last of ours
    weightNorm: (t) =>
      need(t, "x").matmul(
        weightNormKernel({
          direction: need(t, "v").transpose(),
          magnitude: need(t, "g").transpose(),
        }),
      ),
    spectralNorm: (t, { iterations }) => {
      const state = { left: need(t, "v"), right: need(t, "u") };
      const [kernel] = spectralNorm(need(t, "weight").transpose(), state, {
        iterations: Number(iterations),
      });
      return need(t, "x").matmul(kernel);
    },
  },
  { count: 17 },
);

describe("rmsNorm", () => {
  test("[1, 2, 3, 4] gives the pinned numbers; with a unit offset a scale of 0 is the identity", async () => {
    const x = tensor([1, 2, 3, 4]);
    const pins = tensor([0.3651483, 0.7302967, 1.095445, 1.4605934]);
    await assertAllclose(rmsNorm.apply(rmsNorm.init(key(0), { features: 4 }), x), pins, {
      rtol: 1e-6,
    });
    const shifted = rmsNorm.init(key(0), { features: 4, unitOffset: true });
    await assertAllclose(shifted, { scale: zeros([4]) });
    await assertAllclose(rmsNorm.apply(shifted, x, { unitOffset: true }), pins, { rtol: 1e-6 });
    await assertAllclose(
      rmsNorm.apply(rmsNorm.init(key(0), { features: 4, useScale: false }), x),
      pins,
      {
        rtol: 1e-6,
      },
    );
  });
});

describe("batchNorm", () => {
  test("training then evaluating: the running statistics converge to those of the data", async () => {
    const config = { features: 2 };
    const x = normal(key(1), [64, 2]).mul(3).add(5);
    const params = batchNorm.init(key(0), config);
    const step = jit(
      (s: ReturnType<typeof batchNorm.initState>) =>
        batchNorm.apply(params, s, x, { train: true, momentum: 0.5 })[1],
    );
    let state = batchNorm.initState(config);
    for (let i = 0; i < 30; i++) state = step(state);
    const [trained] = batchNorm.apply(params, state, x, { train: true });
    const [evaluated, same] = batchNorm.apply(params, state, x);
    await assertAllclose(evaluated, trained, { rtol: 2e-2, atol: 1e-3 });
    expect(same).toBe(state);
  });

  test("derivatives to order two, and shapes that do not fit are refused", async () => {
    const x = normal(key(2), [3, 2, 2], { dtype: "float64" });
    const state = {
      mean: zeros([2], { dtype: "float64" }),
      variance: ones([2], { dtype: "float64" }),
    };
    const params = { scale: tensor([1.5, 2], { dtype: "float64" }) };
    await checkGrads(
      (p: typeof params, e: Tensor) => batchNorm.apply(p, state, e, { train: true })[0],
      [params, x],
    );
    expect(() => batchNorm.apply({}, batchNorm.initState({ features: 3 }), x)).toThrow(
      "takes x (N, C, ...spatial)",
    );
    expect(() => groupNorm.apply({}, ones([2, 6]), { groups: 4 })).toThrow("groups must divide");
    expect(() => groupNorm.apply({ scale: ones([5]) }, ones([2, 6]))).toThrow(
      "takes x (N, C, ...spatial)",
    );
  });
});

describe("weight and spectral norm", () => {
  test("a weight-normed layer starts as the plain one, for convolution kernels too", async () => {
    const config = { inFeatures: 3, outFeatures: 2 };
    const layer = weightNormed(linear);
    const x = normal(key(3), [5, 3]);
    await assertAllclose(
      layer.apply(layer.init(key(0), config), x),
      linear.apply(linear.init(key(0), config), x),
      { rtol: 1e-5, atol: 1e-6 },
    );
    const kernel = normal(key(4), [4, 3, 2]);
    const split = weightNormOf(kernel, 0);
    expect(split.magnitude.shape).toEqual([4, 1, 1]);
    await assertAllclose(weightNormKernel(split, 0), kernel, { rtol: 1e-5 });
  });

  test("after enough iterations the largest singular value is 1", async () => {
    const kernel = tensor([
      [3, 0],
      [0, -2],
      [0, 0],
    ]);
    const state = spectralNormState(key(0), kernel, { iterations: 50 });
    const [normed, next] = spectralNorm(kernel, state, { iterations: 0 });
    await assertAllclose(normed, kernel.div(3), { rtol: 1e-5 });
    expect(next.left.shape).toEqual([3]);
    expect(() => spectralNorm(kernel, state, { iterations: -1 })).toThrow("0 or more");
  });
});
