import { grad, mean, ones, relu, tensor, type Tensor, variance, zeros } from "@adjoint/core";
import { type Key, key } from "@adjoint/core/random";
import { assertAllclose } from "@adjoint/core/testing";
import {
  crossEntropy,
  dropout,
  embedding,
  glorotUniform,
  heNormal,
  type Initializer,
  layerNorm,
  lecunNormal,
  linear,
  mlp,
  normalInit,
  onesInit,
  parameterCount,
  parameterTable,
  stackLayers,
  unstackLayers,
  zerosInit,
} from "@adjoint/nn";
import { describe, expect, test } from "vitest";

const ints = (data: number[]): Tensor => tensor(data, { dtype: "int32" });

const numberOf = async (x: Tensor): Promise<number> => Number(await x.item());

describe("initializers", () => {
  test.each<[string, Initializer, number]>([
    ["lecunNormal", lecunNormal, 1 / 200],
    ["heNormal", heNormal, 2 / 200],
    ["glorotUniform", glorotUniform, 2 / 300],
    ["normalInit", normalInit(0.02), 0.0004],
  ])("%s has mean 0 and its variance", async (_name, init, expected) => {
    const weight = init(key(7), [200, 100]);
    expect(Math.abs(await numberOf(mean(weight)))).toBeLessThan(5 * Math.sqrt(expected / 20_000));
    expect((await numberOf(variance(weight))) / expected).toBeCloseTo(1, 1);
  });

  // jax.nn.initializers.*()(jax.random.key(0), (3, 2))
  test.each<[string, Initializer, readonly number[]]>([
    [
      "lecunNormal",
      lecunNormal,
      [0.95563197, 1.1254908, -0.27086318, -0.04924887, 0.11026898, -0.59900248],
    ],
    [
      "heNormal",
      heNormal,
      [1.3514677, 1.5916845, -0.38305843, -0.06964843, 0.1559439, -0.84711754],
    ],
    [
      "glorotUniform",
      glorotUniform,
      [0.9807893, 1.048516, -0.36743096, -0.068643965, 0.15311851, -0.7328462],
    ],
  ])("%s has the numbers of jax.nn.initializers", async (_name, init, pins) => {
    await assertAllclose(init(key(0), [3, 2]).flatten(), tensor([...pins]), { rtol: 2e-6 });
  });

  test("constants do not read the key", async () => {
    const noKey = zeros([0]) as Key;
    await assertAllclose(zerosInit(noKey, [2]), zeros([2]));
    await assertAllclose(onesInit(noKey, [2]), ones([2]));
  });
});

describe("layers", () => {
  test("linear: biases and initializers as asked", async () => {
    const sizes = { inFeatures: 3, outFeatures: 2 };
    expect(linear.init(key(0), sizes).bias?.shape).toEqual([2]);
    expect(linear.init(key(0), { ...sizes, useBias: false })).not.toHaveProperty("bias");
    const params = linear.init(key(0), { ...sizes, kernelInit: onesInit, biasInit: onesInit });
    await assertAllclose(linear.apply(params, ones([3])), tensor([4, 4]));
    expect(() => linear.init(key(0), { ...sizes, inFeatures: 0 })).toThrow(
      "inFeatures must be a whole number",
    );
    expect(() => linear.apply(params, ones([4]))).toThrow("must have equal sizes");
  });

  test("embedding: ids must be integers, rows get the sum of their gradients", async () => {
    const params = {
      table: tensor([
        [1, 2],
        [3, 4],
      ]),
    };
    expect(() => embedding.apply(params, tensor([0.5]))).toThrow("indices must be int32 or uint32");
    const slope = grad((p: typeof params) => embedding.apply(p, ints([1, 1])).sum())(params);
    await assertAllclose(slope, {
      table: tensor([
        [0, 0],
        [2, 2],
      ]),
    });
  });

  test("layerNorm starts as the plain normalisation", async () => {
    const params = layerNorm.init(key(0), { features: 4 });
    const y = layerNorm.apply(params, tensor([1, 2, 3, 4]));
    await assertAllclose(y, tensor([-1.3416354, -0.4472118, 0.4472118, 1.3416354]), { rtol: 1e-6 });
    expect(layerNorm.init(key(0), { features: 4, useBias: false })).not.toHaveProperty("bias");
  });

  test("mlp: activation between the layers only", async () => {
    const layers = [{ kernel: tensor([[1, -1]]) }, { kernel: tensor([[-1], [-1]]) }];
    await assertAllclose(
      mlp.apply({ layers }, tensor([[2]]), { activation: relu }),
      tensor([[-2]]),
    );
    expect(mlp.init(key(0), { sizes: [2, 8, 1] }).layers.map(({ kernel }) => kernel.shape)).toEqual(
      [
        [2, 8],
        [8, 1],
      ],
    );
    expect(() => mlp.init(key(0), { sizes: [2] })).toThrow(
      "sizes needs an input and an output width",
    );
  });

  test("dropout: rate 0 and no key are the identity, its gradient is the mask", async () => {
    const x = ones([64]);
    expect(dropout(x, { dropout: 0, key: key(0) })).toBe(x);
    expect(dropout(x, { dropout: 0.9 })).toBe(x);
    const y = dropout(x, { dropout: 0.75, key: key(0) });
    expect(new Set(await y.data())).toEqual(new Set([0, 4]));
    await assertAllclose(
      grad((t: Tensor) => dropout(t, { dropout: 0.75, key: key(0) }).sum())(x),
      y,
    );
    expect(() => dropout(x, { dropout: 1, key: key(0) })).toThrow("from 0 to less than 1");
  });
});

describe("crossEntropy", () => {
  const logits = tensor([
    [2, 1, 0],
    [0, 0, 5],
  ]);
  const targets = ints([0, 1]);

  test("is unchanged under a shift of the logits and finite for large ones", async () => {
    await assertAllclose(crossEntropy(logits.add(100), targets), crossEntropy(logits, targets), {
      rtol: 1e-5,
    });
    await assertAllclose(crossEntropy(logits.mul(1000), targets), tensor(2500));
  });

  test("label smoothing 0.1 gives 2.6771626, full smoothing does not read the targets", async () => {
    expect(await numberOf(crossEntropy(logits, targets, { labelSmoothing: 0.1 }))).toBeCloseTo(
      2.6771626,
      5,
    );
    const all = { labelSmoothing: 1 };
    await assertAllclose(
      crossEntropy(logits, targets, all),
      crossEntropy(logits, ints([2, 2]), all),
    );
    expect(() => crossEntropy(logits, targets, { labelSmoothing: 2 })).toThrow("between 0 and 1");
  });

  test("the mean is over what counts; sum and none leave ignored places at 0", async () => {
    const ignoring = { ignoreIndex: -1 };
    const some = ints([0, -1]);
    await assertAllclose(crossEntropy(logits, some, ignoring), tensor(0.407606), { rtol: 1e-5 });
    await assertAllclose(
      crossEntropy(logits, some, { ...ignoring, reduction: "none" }),
      tensor([0.407606, 0]),
      { rtol: 1e-5 },
    );
    await assertAllclose(
      crossEntropy(logits, some, { ...ignoring, reduction: "sum" }),
      tensor(0.407606),
      { rtol: 1e-5 },
    );
  });

  test("nothing that counts gives 0 and no gradient, not NaN", async () => {
    const none = ints([-1, -1]);
    const loss = (x: Tensor): Tensor => crossEntropy(x, none, { ignoreIndex: -1 });
    expect(await numberOf(loss(logits))).toBe(0);
    await assertAllclose(grad(loss)(logits), zeros([2, 3]));
  });

  test("half precision is summed in float32", () => {
    expect(crossEntropy(logits.cast("float16"), targets).dtype).toBe("float32");
  });
});

describe("parameter trees", () => {
  test("count and table", () => {
    const params = { layers: [{ kernel: zeros([10, 200]) }], scale: zeros([]) };
    expect(parameterCount(params)).toBe(2001);
    expect(parameterTable(params)).toBe(
      [
        "layers[0].kernel  float32[10,200]  2,000",
        "scale             float32[]            1",
        "total                              2,001",
      ].join("\n"),
    );
    expect(() => parameterCount({ a: 1 })).toThrow("must be a tree of tensors");
  });

  test("stacking needs equal layers", () => {
    const a = { w: zeros([2]) };
    expect(() => stackLayers([])).toThrow("needs at least one layer");
    expect(() => stackLayers<object>([a, { v: zeros([2]) }])).toThrow(
      "must have the same structure",
    );
    expect(() => stackLayers([a, { w: zeros([3]) }])).toThrow("shapes must be the same");
    expect(() => unstackLayers({ a: zeros([2]), b: zeros([3]) })).toThrow("one leading size");
    expect(() => unstackLayers({ a: zeros([]) })).toThrow("one leading size");
  });
});
