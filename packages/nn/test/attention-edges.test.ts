import { createOnnxBackend } from "@adjoint/backend-onnx";
import {
  arange,
  getBackend,
  jit,
  ones,
  setBackend,
  tensor,
  type Tensor,
  zeros,
} from "@adjoint/core";
import { key, normal } from "@adjoint/core/random";
import { assertAllclose } from "@adjoint/core/testing";
import {
  attentionMask,
  attentionWeights,
  dotProductAttention,
  embedding,
  extendCache,
  kvCache,
  type KvCache,
  latentAttention,
  type Mask,
  masks,
  maskTensor,
  multiHeadAttention,
  rope,
  selfAttention,
} from "@adjoint/nn";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const no = (value: unknown): never => value as never;
const params = multiHeadAttention.init(key(0), { nEmbd: 8, nHead: 4, nKvHead: 2 });
const sizes = { nEmbd: 8, nHead: 2, kvRank: 4, plainDim: 4, ropeDim: 2 };
const latent = latentAttention.init(key(1), sizes);
const turning = (at: number, count: number) =>
  rope(arange(count).add(at), { dim: 2, layout: "interleaved" });
const x = normal(key(2), [1, 12, 8]);
const cut = (from: number, to: number): Tensor => x.slice([0, from, 0], [1, to, 8]);

/** Whether each token of the chunks is NaN throughout (true), finite throughout (false), or a mixture. */
const missing = async (
  step: (cache: KvCache, e: Tensor, at: number) => readonly [Tensor, KvCache],
  empty: KvCache,
  chunks: readonly number[],
): Promise<readonly (boolean | string)[]> => {
  let [cache, at] = [empty, 0];
  const found: (boolean | string)[] = [];
  for (const n of chunks) {
    const [y, next] = step(cache, cut(at, at + n), at);
    const data = Array.from(await y.data(), Number);
    for (let t = 0; t < n; t++) {
      const own = data.slice(8 * t, 8 * t + 8).map(Number.isNaN);
      found.push(own.every((nan) => nan) ? true : own.some((nan) => nan) ? "mixed" : false);
    }
    [cache, at] = [next, at + n];
  }
  return found;
};

const beyond = (count: number, capacity: number): boolean[] =>
  Array.from({ length: count }, (_, i) => i >= capacity);

const overflowing: readonly (readonly [string, Mask])[] = [
  ["causal", masks.causal],
  ["a window of 4", masks.all(masks.causal, masks.window(4))],
  ["a window of 2", masks.all(masks.causal, masks.window(2))],
  ["a window of 1", masks.all(masks.causal, masks.window(1))],
  ["a band", masks.band(1, 0)],
  ["a window and a prefix", masks.any(masks.all(masks.causal, masks.window(2)), masks.prefix(1))],
];

describe("beyond the capacity of a static cache", () => {
  const empty = kvCache({ lead: [1], nKvHead: 2, headDim: 2, capacity: 4 });
  const narrow = kvCache({ lead: [1], nKvHead: 1, headDim: 4, valueDim: 2, capacity: 4 });

  test.each(overflowing)("every token is NaN for ever under %s", async (_name, mask) => {
    const step = (cache: KvCache, e: Tensor) =>
      multiHeadAttention.applyCached(params, cache, e, { nHead: 4, mask });
    expect(await missing(step, empty, [4, 1, 1, 1, 1, 1, 1, 1, 1])).toEqual(beyond(12, 4));
    expect(await missing(step, empty, [1, 1, 2, 3, 1, 2, 2])).toEqual(beyond(12, 4));
    // a chunk that goes beyond is NaN as a whole
    expect(await missing(step, empty, [3, 2, 1])).toEqual(beyond(6, 3));
  });

  test.each(overflowing)("latent attention too, under %s", async (_name, mask) => {
    const step = (cache: KvCache, e: Tensor, at: number) =>
      latentAttention.applyCached(latent, cache, e, {
        nHead: 2,
        mask,
        rope: turning(at, e.shape[1] ?? 0),
      });
    expect(await missing(step, narrow, [4, 1, 1, 1, 2, 3])).toEqual(beyond(12, 4));
  });

  test("padding does not hide it", async () => {
    const mask = masks.all(masks.causal, masks.window(1));
    const step = (cache: KvCache, e: Tensor) => {
      const valid = zeros([1, e.shape[1] ?? 0], { dtype: "bool" });
      return multiHeadAttention.applyCached(params, cache, e, { nHead: 4, mask, valid });
    };
    expect(await missing(step, empty, [4, 2, 1])).toEqual(beyond(7, 4));
  });
});

describe("beyond the capacity, on ONNX Runtime", () => {
  const before = getBackend();
  beforeAll(async () => setBackend(await createOnnxBackend()));
  afterAll(() => setBackend(before));

  test("one compiled program decodes and then gives NaN for ever", async () => {
    const own = multiHeadAttention.init(key(0), { nEmbd: 8, nHead: 4, nKvHead: 2 });
    const mask = masks.all(masks.causal, masks.window(4));
    const step = jit((cache: KvCache, e: Tensor) =>
      multiHeadAttention.applyCached(own, cache, e, { nHead: 4, mask }),
    );
    let cache = kvCache({ lead: [1], nKvHead: 2, headDim: 2, capacity: 4 });
    const tokens = normal(key(2), [9, 1, 1, 8]);
    const found: boolean[] = [];
    for (let i = 0; i < 9; i++) {
      const e = tokens.slice([i, 0, 0, 0], [i + 1, 1, 1, 8]).squeeze(0);
      const [y, next] = step(cache, e);
      found.push(Array.from(await y.data(), Number).every(Number.isNaN));
      cache = next;
    }
    expect(found).toEqual(beyond(9, 4));
  });
});

describe("what attention cannot use is named", () => {
  const options = { nHead: 4 };
  const bools = (shape: number[]): Tensor => ones(shape, { dtype: "bool" });
  const run = (mask: unknown) => () =>
    multiHeadAttention.apply(params, cut(0, 2), { ...options, mask: no(mask) });

  test.each<[string, () => unknown, string]>([
    ["a tensor", run(bools([2, 2])), "got a tensor [2,2]; masks.explicit(tensor) takes a bool one"],
    ["a name", run("causal"), 'a mask must be one of masks, such as masks.causal, got "causal"'],
    ["null", run(null), "got null"],
    ["a constructor", run(masks.window), "got a function"],
    [
      "a part",
      () => masks.all(masks.causal, no("window")),
      "masks.all: a mask must be one of masks",
    ],
    [
      "arrays",
      () => masks.padding(no([true])),
      "masks.padding: mask must be a tensor, got an array",
    ],
    ["ids", () => masks.segments(no([0, 0])), "masks.segments: mask must be a tensor"],
    ["half a place", () => masks.prefix(2.5), "masks.prefix: length must be a whole number"],
    ["less than nothing", () => masks.prefix(-1), "masks.prefix: length must be a whole number"],
    ["fractions", () => masks.prefix(tensor([2.5])), "masks.prefix: lengths must be integers"],
    ["undefined", () => maskTensor(no(undefined), { queries: 1, keys: 1 }), "got undefined"],
    [
      "a size",
      run(masks.explicit(bools([3, 3]))),
      "the explicit mask must broadcast to (..., 2, 2), the queries and the keys, got [3,3]",
    ],
    [
      "a size beside others",
      run(masks.all(masks.causal, masks.padding(bools([2])), masks.explicit(bools([3, 2])))),
      "the explicit mask must broadcast to (..., 2, 2), the queries and the keys, got [3,2]",
    ],
    [
      "a tensor for a function",
      () => attentionMask(no(bools([2, 2])), { queries: 2, keys: 2 }),
      "attentionMask: a mask must be one of masks",
    ],
    [
      "a name for a tensor",
      () => dotProductAttention(x, x, x, { mask: no("causal") }),
      "dotProductAttention: mask must be a tensor, got a string",
    ],
    ["a missing key", () => dotProductAttention(x, no(undefined), x), "k must be a tensor"],
    ["missing keys", () => attentionWeights(x, no(undefined)), "attentionWeights: k must be"],
  ])("as a mask: %s", (_name, call, message) => {
    expect(call).toThrow(message);
  });

  test("masks that fit still do", async () => {
    const whole = multiHeadAttention.apply(params, cut(0, 2), { ...options });
    for (const shape of [[2, 2], [1, 2], [2, 1], [1, 1, 1], [2]])
      await assertAllclose(run(masks.explicit(bools(shape)))(), whole, { rtol: 1e-6 });
  });

  const cache = kvCache({ lead: [1], nKvHead: 2, headDim: 2, capacity: 4 });
  const { apply, applyCached, weights, context, init } = multiHeadAttention;
  test.each<[string, () => unknown, string]>([
    ["apply without options", () => apply(params, x, no(undefined)), "options must be a record"],
    ["apply without parameters", () => apply(no(undefined), x, options), "params must be a record"],
    ["empty parameters", () => apply(no({}), x, options), "params.q must be a record"],
    [
      "a kernel",
      () => apply(no({ ...params, v: {} }), x, options),
      "params.v.kernel must be a tensor, got undefined",
    ],
    ["no sequence", () => apply(params, no(undefined), options), "x must be a tensor"],
    [
      "a context",
      () => apply(params, x, { ...options, context: no({ k: x }) }),
      "context.v must be a tensor",
    ],
    [
      "a bias",
      () => apply(params, x, { ...options, bias: no("alibi") }),
      "bias must be a tensor or",
    ],
    ["weights", () => weights(params, x, no(undefined)), "options must be a record"],
    ["context", () => context(params, x, no(undefined)), "options must be a record"],
    ["a cache", () => applyCached(params, no(undefined), x, options), "cache must be a record"],
    ["cached", () => applyCached(params, cache, x, no(undefined)), "options must be a record"],
    ["init", () => init(key(0), no(undefined)), "config must be a record"],
    ["extendCache", () => extendCache(no({}), x, x), "cache.k must be a tensor"],
    ["kvCache", () => kvCache(no(undefined)), "kvCache: config must be a record"],
    [
      "lead",
      () => kvCache({ lead: no(2), nKvHead: 1, headDim: 2, capacity: 4 }),
      "lead must be an array of sizes, got 2",
    ],
    [
      "integers",
      () => kvCache({ nKvHead: 1, headDim: 2, capacity: 4, dtype: "int32" }),
      "dtype must be floating-point",
    ],
    ["latent", () => latentAttention.apply(latent, x, no(undefined)), "options must be a record"],
    [
      "latent rope",
      () => latentAttention.apply(latent, x, no({ nHead: 2 })),
      "rope must be a record",
    ],
    ["latent init", () => latentAttention.init(key(0), no(undefined)), "config must be a record"],
    [
      "latent parameters",
      () => latentAttention.apply(no({}), x, { nHead: 2, rope: turning(0, 12) }),
      "params.kvDown must be a record",
    ],
    ["self", () => selfAttention.apply(no({}), x, { nHead: 2 }), "params.qkv must be a record"],
    [
      "self options",
      () => selfAttention.apply(selfAttention.init(key(0), { nEmbd: 8 }), x, no(undefined)),
      "selfAttention: options must be a record",
    ],
    ["self init", () => selfAttention.init(key(0), no(undefined)), "config must be a record"],
    ["a table", () => embedding.apply(no({}), x), "embedding: params.table must be a tensor"],
    ["ids", () => embedding.apply({ table: x }, no([0])), "ids must be a tensor, got an array"],
    [
      "scores",
      () => embedding.attend({ table: x }, no(undefined)),
      "embedding: x must be a tensor",
    ],
    ["a vocabulary", () => embedding.init(key(0), no(undefined)), "config must be a record"],
  ])("%s", (_name, call, message) => {
    expect(call).toThrow(message);
  });
});
