import {
  arange,
  concatenate,
  eye,
  flip,
  grad,
  ones,
  tensor,
  type Tensor,
  vmap,
} from "@adjoint/core";
import { key, normal } from "@adjoint/core/random";
import { assertAllclose, checkGrads } from "@adjoint/core/testing";
import { dotProductAttention, selfAttention } from "@adjoint/nn";
import { describe, expect, test } from "vitest";

const params = selfAttention.init(key(1), { nEmbd: 8 });
const x = normal(key(2), [2, 5, 8]);

describe("dotProductAttention", () => {
  test("two keys: weights of q = [0, sqrt 2] against the identity are [1, e] / (1 + e)", async () => {
    const q = tensor([[0, Math.SQRT2]]);
    const weights = dotProductAttention(q, eye(2), eye(2));
    await assertAllclose(weights, tensor([[1 / (1 + Math.E), Math.E / (1 + Math.E)]]), {
      rtol: 1e-6,
    });
  });

  test("a query that sees nothing gives zeros and passes no gradient", async () => {
    const mask = tensor([
      [false, false],
      [true, false],
    ]);
    const v = tensor([
      [1, 2],
      [3, 4],
    ]);
    const fn = (q: Tensor): Tensor => dotProductAttention(q, v, v, { mask });
    await assertAllclose(
      fn(v),
      tensor([
        [0, 0],
        [1, 2],
      ]),
    );
    const slope = grad((q: Tensor) => fn(q).sum())(v);
    await assertAllclose(
      slope,
      tensor([
        [0, 0],
        [0, 0],
      ]),
      { atol: 1e-7 },
    );
  });

  test("half precision: the softmax is taken in float32, the result is half", async () => {
    const q = normal(key(3), [4, 8]).cast("bfloat16");
    const y = dotProductAttention(q, q, q);
    expect(y.dtype).toBe("bfloat16");
    const wide = q.cast("float32");
    await assertAllclose(y.cast("float32"), dotProductAttention(wide, wide, wide), {
      rtol: 2e-2,
      atol: 2e-2,
    });
  });
});

describe("selfAttention", () => {
  // equinox's test: all four kernels are arange(16), stored (out, in) there
  test("two heads of one position reproduce [680, 1960, 3240, 4520]", async () => {
    const kernel = arange(16, { dtype: "float32" }).reshape([4, 4]).transpose();
    const qkv = concatenate([kernel, kernel, kernel], 1);
    const layer = { qkv: { kernel: qkv }, projection: { kernel } };
    const y = selfAttention.apply(layer, tensor([[1, 2, 3, 4]]), { nHead: 2 });
    await assertAllclose(y, tensor([[680, 1960, 3240, 4520]]));
  });

  test("causal: later positions do not change earlier ones; otherwise they do", async () => {
    const changed = x.add(tensor([0, 0, 0, 1, 1]).reshape([5, 1]));
    const run = (input: Tensor, causal: boolean): Tensor =>
      selfAttention.apply(params, input, { nHead: 2, causal }).slice([0, 0, 0], [2, 3, 8]);
    await assertAllclose(run(changed, true), run(x, true), { rtol: 0, atol: 0 });
    const moved = run(changed, false).sub(run(x, false)).abs().max();
    expect(Number(await moved.item())).toBeGreaterThan(1e-3);
  });

  test("without a mask it is equivariant under permutations of the positions", async () => {
    const run = (input: Tensor): Tensor =>
      selfAttention.apply(params, input, { nHead: 4, causal: false });
    await assertAllclose(run(flip(x, 1)), flip(run(x), 1), { rtol: 1e-5, atol: 1e-6 });
  });

  test("vmap over examples equals the batch", async () => {
    const one = (e: Tensor): Tensor => selfAttention.apply(params, e, { nHead: 2 });
    await assertAllclose(vmap(one)(x), one(x), { rtol: 1e-5, atol: 1e-6 });
  });

  test("derivatives to order two", async () => {
    const wide = (shape: readonly number[], n: number): Tensor =>
      normal(key(n), shape, { dtype: "float64" });
    const layer = {
      qkv: { kernel: wide([4, 12], 4), bias: wide([12], 5) },
      projection: { kernel: wide([4, 4], 6) },
    };
    await checkGrads(
      (p: typeof layer, e: Tensor) => selfAttention.apply(p, e, { nHead: 2 }),
      [layer, wide([3, 4], 7)],
    );
  });

  test("dropout needs a key, is a function of it, and keeps the mean", async () => {
    const run = (seed: number | undefined): Tensor =>
      selfAttention.apply(params, x, {
        nHead: 2,
        dropout: 0.5,
        ...(seed === undefined ? {} : { key: key(seed) }),
      });
    await assertAllclose(run(undefined), selfAttention.apply(params, x, { nHead: 2 }), {
      rtol: 0,
      atol: 0,
    });
    await assertAllclose(run(1), run(1), { rtol: 0, atol: 0 });
    await expect(assertAllclose(run(1), run(2))).rejects.toThrow("values must agree");
  });

  test("bad heads and bad ranks are named", () => {
    expect(() => selfAttention.apply(params, x, { nHead: 3 })).toThrow(
      "nHead must divide the width",
    );
    expect(() => selfAttention.apply(params, x, { nHead: 0 })).toThrow("at least 1");
    expect(() => selfAttention.apply(params, ones([8]), { nHead: 2 })).toThrow(
      "takes a sequence (..., T, C)",
    );
  });
});
