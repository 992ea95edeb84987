import {
  cumlogsumexp,
  cummax,
  cumprod,
  cumsum,
  gelu,
  layerNorm,
  logSoftmax,
  maximum,
  oneHot,
  rmsNorm,
  sigmoid,
  softmax,
  softmaxCrossEntropy,
  sort,
  topK,
  where,
} from "@adjoint/core";
import { afterAll, describe, it } from "vitest";
import { checkFused, floats, indices, type Program } from "../support/check-fused.ts";
import { softwareBackend } from "../support/software-backend.ts";

const backend = await softwareBackend();
afterAll(() => backend.dispose());

const chain: Program = (x, y, z) => {
  const a = x.mul(y).add(z!).tanh();
  const b = sigmoid(a.sub(x)).mul(z!);
  const c = where(a.greater(b), a.mul(b), maximum(x, y!).mul(0.5));
  return [a, b, c, gelu(c).mul(2), a.greater(b)];
};

describe.each([1, 3, 17, 63, 65, 1000])("rows of %i", (n) => {
  it("an elementwise chain with several results", () =>
    checkFused(backend, [floats([3, n], 1), floats([3, n], 2), floats([n], 3)], chain));

  it("softmax", () =>
    checkFused(backend, [floats([5, n], 1), floats([5, n], 2)], (x, y) => [
      softmax(x!.mul(y!).sub(1)).mul(y!),
    ]));

  it("log softmax and cross entropy", () =>
    checkFused(backend, [floats([5, n]), indices([5], n)], (x, ids) => {
      const scores = x!.mul(3);
      const byHand = logSoftmax(scores).mul(oneHot(ids!, n)).sum(-1).neg();
      return [softmaxCrossEntropy(scores, ids!).mean(), byHand];
    }));

  it("layer norm with scale and bias", () =>
    checkFused(backend, [floats([4, n], 1), floats([n], 2), floats([n], 3)], (x, scale, bias) => [
      layerNorm(x!.mul(1.5), scale!, bias!, { eps: 1e-3 }).tanh(),
    ]));

  it("rms norm with scale and bias", () =>
    checkFused(backend, [floats([4, n], 1), floats([n], 2), floats([n], 3)], (x, scale, bias) => [
      rmsNorm(x!.add(0.1), scale!, { eps: 1e-3 }).add(bias!),
    ]));

  it("cumulative sums, products and extremes", () =>
    checkFused(backend, [floats([2, n], 1, 0.3)], (x) => [
      cumsum(x!, 1).mul(2),
      cumprod(x!.mul(0.1).add(1), 1),
      cummax(x!, 1),
      cumlogsumexp(x!, 1),
    ]));

  it("rows of equal numbers, summed up on the way", () =>
    checkFused(backend, [floats([2], 1)], (x) => {
      const y = x!.tanh(); // read by a kernel of its own, many times over
      return [cumsum(y.reshape([2, 1]).broadcastTo([2, n]), 1), y.mul(2)];
    }));

  it("sorted rows and their largest", () =>
    checkFused(backend, [floats([3, n])], (x) => {
      const [values, places] = topK(x!, Math.min(4, n));
      return [sort(x!, 1).mul(2), values, places];
    }));
});
