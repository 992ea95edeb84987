import { avgPool, conv2d, einsum, gelu, matmul, maxPool, type Tensor } from "@adjoint/core";
import { afterAll, describe, it } from "vitest";
import { checkFused, floats } from "../support/check-fused.ts";
import { softwareBackend } from "../support/software-backend.ts";

const backend = await softwareBackend();
afterAll(() => backend.dispose());

describe.each([1, 3, 17, 63, 65])("products of size %i", (n) => {
  const scale = 1 / Math.sqrt(n);

  it("linear layer, gelu and residual", () =>
    checkFused(
      backend,
      [floats([5, n], 1), floats([n, n], 2, scale), floats([n], 3), floats([n, n], 4, scale)],
      (x, w, b, out) => [gelu(x!.matmul(w!).add(b!)).matmul(out!).add(x!)],
    ));

  it("transposed operands", () =>
    checkFused(backend, [floats([n, 7], 1), floats([9, n], 2, scale)], (x, w) => [
      matmul(x!.transpose(), w!.transpose()).mul(0.5),
      matmul(w!, x!).transpose().tanh(),
    ]));

  it("batches with heads in the middle", () =>
    checkFused(backend, [floats([2, 5, 3, n], 1), floats([2, 4, 3, n], 2, scale)], (q, k) => [
      einsum("bthd,bshd->bhts", q!, k!).mul(0.5),
      matmul(q!.transpose([0, 2, 1, 3]), k!.transpose([0, 2, 3, 1])).sub(1),
    ]));
});

it("a product over 1000 terms", () =>
  checkFused(
    backend,
    [floats([3, 1000], 1), floats([1000, 5], 2, 0.05), floats([5], 3)],
    (x, w, b) => [gelu(x!.matmul(w!).add(b!))],
  ));

describe.each([3, 17, 33])("images of size %i", (n) => {
  const block = (x: Tensor, w: Tensor, b: Tensor): Tensor =>
    gelu(conv2d(x, w, { padding: "same" }).add(b.reshape([-1, 1, 1])));

  it("convolution, activation and pooling", () =>
    checkFused(
      backend,
      [floats([2, 3, n, n], 1), floats([4, 3, 3, 3], 2, 0.3), floats([4], 3)],
      (x, w, b) => [maxPool(block(x!, w!, b!), 2), avgPool(block(x!, w!, b!), 3)],
    ));

  it("strides and groups", () =>
    checkFused(backend, [floats([1, 4, n, n], 1), floats([4, 2, 3, 3], 2, 0.3)], (x, w) => [
      conv2d(x!, w!, { stride: 2, padding: 1, groups: 2 }).tanh(),
    ]));
});
