import { conv2d as convolve2d, grad, ones, tensor, type Tensor, variance } from "@adjoint/core";
import { key, normal } from "@adjoint/core/random";
import { assertAllclose } from "@adjoint/core/testing";
import {
  adaptiveAvgPool,
  conv1d,
  conv2d,
  conv3d,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  dropPath,
  embedding,
  globalAvgPool,
  globalMaxPool,
  heNormal,
} from "@adjoint/nn";
import { describe, expect, test } from "vitest";
import { type Named, need, testCases } from "./support/cases.ts";

const conv = (t: Named) => ({ kernel: need(t, "weight"), bias: need(t, "bias") });

testCases(
  "spatial",
  {
    conv1d: (t, options) => conv1d.apply(conv(t), need(t, "x"), options),
    conv2d: (t, options) => conv2d.apply(conv(t), need(t, "x"), options),
    conv3d: (t, options) => conv3d.apply(conv(t), need(t, "x"), options),
    convTranspose1d: (t, options) => convTranspose1d.apply(conv(t), need(t, "x"), options),
    convTranspose2d: (t, options) => convTranspose2d.apply(conv(t), need(t, "x"), options),
    convTranspose3d: (t, options) => convTranspose3d.apply(conv(t), need(t, "x"), options),
    adaptiveAvgPool: (t, { size }) => adaptiveAvgPool(need(t, "x"), size as number | number[]),
    globalAvgPool: (t) => globalAvgPool(need(t, "x")),
    globalMaxPool: (t) => globalMaxPool(need(t, "x")),
    embedding: (t, options) =>
      embedding.apply({ table: need(t, "weight") }, need(t, "ids"), options),
  },
  { count: 11 },
);

describe("convolutions", () => {
  test("fan-in of a kernel is in times the window; layouts and biases as asked", async () => {
    const config = { inChannels: 16, outChannels: 32, kernelSize: [3, 3], kernelInit: heNormal };
    const params = conv2d.init(key(0), config);
    expect(params.kernel.shape).toEqual([32, 16, 3, 3]);
    expect(Number(await variance(params.kernel).item()) / (2 / (16 * 9))).toBeCloseTo(1, 1);
    expect(conv2d.init(key(0), { ...config, useBias: false })).not.toHaveProperty("bias");
    const back = convTranspose2d.init(key(0), { ...config, groups: 2 });
    expect([back.kernel.shape, back.bias?.shape]).toEqual([[16, 16, 3, 3], [32]]);
    const depthwise = conv1d.init(key(0), {
      inChannels: 4,
      outChannels: 4,
      kernelSize: 3,
      groups: 4,
    });
    expect(depthwise.kernel.shape).toEqual([4, 1, 3]);
    const x = normal(key(1), [2, 16, 5, 5]);
    await assertAllclose(conv2d.apply(params, x), convolve2d(x, params.kernel)); // the bias starts as 0
  });

  test("what does not fit is refused", () => {
    const sizes = { inChannels: 4, outChannels: 6, kernelSize: 3 };
    expect(() => conv2d.init(key(0), { ...sizes, kernelSize: [3] })).toThrow(
      "kernelSize must be a number, or 2",
    );
    expect(() => conv2d.init(key(0), { ...sizes, groups: 4 })).toThrow("groups must divide");
    expect(() => conv3d.init(key(0), { ...sizes, inChannels: 0 })).toThrow("inChannels");
    expect(() => conv2d.apply(conv2d.init(key(0), sizes), ones([4, 5, 5]))).toThrow("conv2d");
    expect(() => globalAvgPool(ones([2, 3]))).toThrow("at least one spatial axis");
    expect(() => adaptiveAvgPool(ones([2, 3, 4]), [1, 1])).toThrow("size must be a number, or 1");
  });
});

describe("dropPath", () => {
  test("drops whole examples, keeps the mean, and its gradient is what it kept", async () => {
    const x = ones([2000, 2]);
    expect(dropPath(x, { dropPath: 0.25 })).toBe(x);
    const y = dropPath(x, { dropPath: 0.25, key: key(0) });
    expect(new Set(await y.sum(1).data())).toEqual(new Set([0, Math.fround(2 / 0.75)]));
    expect(Math.abs(Number(await y.mean().item()) - 1)).toBeLessThan(0.05);
    await assertAllclose(
      grad((e: Tensor) => dropPath(e, { dropPath: 0.25, key: key(0) }).sum())(x),
      y,
    );
    expect(() => dropPath(x, { dropPath: 1 })).toThrow("from 0 to less than 1");
    expect(() => dropPath(tensor(1), { dropPath: 0.5, key: key(0) })).toThrow("takes x (N, ...)");
  });
});

describe("embeddings with more rows than tokens", () => {
  test("rows to a multiple, the padding's row zero, and scores of tokens only", async () => {
    const params = embedding.init(key(0), {
      vocabSize: 5,
      features: 3,
      multipleOf: 8,
      paddingId: 2,
    });
    expect(params.table.shape).toEqual([8, 3]);
    await assertAllclose(params.table.slice([2, 0], [3, 3]), tensor([[0, 0, 0]]));
    const x = normal(key(1), [4, 3]);
    const scores = embedding.attend(params, x, { vocabSize: 5 });
    await assertAllclose(scores, embedding.attend(params, x).slice([0, 0], [4, 5]));
    expect(() => embedding.attend(params, x, { vocabSize: 9 })).toThrow("a row from 0 to 7");
    expect(() => embedding.init(key(0), { vocabSize: 5, features: 3, paddingId: 5 })).toThrow(
      "a row from 0 to 4",
    );
  });
});
