import { createOnnxBackend } from "@adjoint/backend-onnx";
import {
  arange,
  attention,
  concatenate,
  eye,
  getBackend,
  grad,
  jit,
  makeIr,
  ones,
  setBackend,
  tensor,
  type Tensor,
  vmap,
  zeros,
} from "@adjoint/core";
import { type Key, key, normal } from "@adjoint/core/random";
import { assertAllclose, checkGrads } from "@adjoint/core/testing";
import {
  alibiBias,
  attentionMask,
  attentionWeights,
  type BiasOfPlaces,
  kvCache,
  type KvCache,
  latentAttention,
  type LatentQueryParams,
  type Mask,
  masks,
  maskTensor,
  multiHeadAttention,
  positionsOfPacked,
  positionsOfPadded,
  relativeBias,
  rope,
} from "@adjoint/nn";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Case, dense, type Named, need, testCases } from "./support/cases.ts";

const ints = (data: readonly number[]): Tensor => tensor([...data], { dtype: "int32" });

const namedMasks: Readonly<Record<string, Mask | undefined>> = {
  none: undefined,
  causal: masks.causal,
  window: masks.all(masks.causal, masks.window(2)),
  band: masks.band(1, 2),
  prefix: masks.any(masks.causal, masks.prefix(3)),
  packed: masks.all(masks.causal, masks.segments(ints([0, 0, 1, 1, 1]))),
  padding: masks.padding(tensor([false, false, true, true, true])),
  left: masks.all(masks.causal, masks.padding(tensor([false, false, true, true, true]))),
};

const paramsOf = (t: Named) => ({
  q: dense(t, "q", "qBias"),
  k: dense(t, "k", "kBias"),
  v: dense(t, "v", "vBias"),
  projection: dense(t, "o", "oBias"),
  ...(t["qNorm"] === undefined ? {} : { qNorm: { scale: t["qNorm"] } }),
  ...(t["kNorm"] === undefined ? {} : { kNorm: { scale: t["kNorm"] } }),
});

const runMultiHead = (t: Named, { heads, mask, part, softcap, scale }: Case["options"]): Tensor => {
  const options = {
    nHead: Number(heads),
    mask: namedMasks[String(mask)],
    context: t["context"],
    bias: t["bias"],
    ...(softcap === undefined ? {} : { softcap: Number(softcap) }),
    ...(scale === undefined ? {} : { scale: Number(scale) }),
  };
  return part === "weights"
    ? multiHeadAttention.weights(paramsOf(t), need(t, "x"), options)
    : multiHeadAttention.apply(paramsOf(t), need(t, "x"), options);
};

const latentQueries = (t: Named): LatentQueryParams =>
  t["q"] === undefined
    ? { down: dense(t, "qDown"), norm: { scale: need(t, "qNorm") }, up: dense(t, "qUp") }
    : { direct: dense(t, "q") };

testCases(
  "attention",
  {
    multiHead: runMultiHead,
    llama: (t, { heads }) => {
      const x = need(t, "x");
      const turn = rope(arange(5), { dim: 4, layout: "half", dtype: x.dtype });
      return multiHeadAttention.apply(paramsOf(t), x, {
        nHead: Number(heads),
        mask: masks.causal,
        rope: turn,
      });
    },
    t5: (t, { bidirectional }) => {
      const table = { table: need(t, "table") };
      const mask = bidirectional === true ? undefined : masks.causal;
      const bias: BiasOfPlaces = (queries, keys) =>
        relativeBias.apply(table, queries, keys, {
          bidirectional: bidirectional === true,
          maxDistance: 5,
        });
      return multiHeadAttention.apply(paramsOf(t), need(t, "x"), {
        nHead: 2,
        mask,
        bias,
        scale: 1,
      });
    },
    latent: (t, { heads }) => {
      const x = need(t, "x");
      const turn = rope(arange(5), { dim: 4, layout: "interleaved", dtype: x.dtype });
      const params = {
        q: latentQueries(t),
        kvDown: dense(t, "kvDown"),
        kvNorm: { scale: need(t, "kvNorm") },
        kvUp: dense(t, "kvUp"),
        projection: dense(t, "o"),
      };
      return latentAttention.apply(params, x, {
        nHead: Number(heads),
        mask: masks.causal,
        rope: turn,
      });
    },
  },
  { count: 22 },
);

const config = { nEmbd: 8, nHead: 4, nKvHead: 2, qkNorm: true };
const params = multiHeadAttention.init(key(0), config);
const turning = (positions: Tensor) => rope(positions, { dim: 2, layout: "half" });
const x = normal(key(1), [2, 7, 8]);

const cut = (t: Tensor, from: number, to: number): Tensor =>
  t.slice([0, from, 0], [t.shape[0] ?? 0, to, t.shape[2] ?? 0]);

describe("masks", () => {
  const visible = async (mask: Mask, queries: number, keys: number): Promise<unknown> =>
    await maskTensor(mask, { queries, keys }).cast("int32").toArray();

  test("kinds by places: queries are the last of the keys", async () => {
    expect(await visible(masks.causal, 2, 3)).toEqual([
      [1, 1, 0],
      [1, 1, 1],
    ]);
    expect(await visible(masks.band(1, 0), 3, 3)).toEqual([
      [1, 0, 0],
      [1, 1, 0],
      [0, 1, 1],
    ]);
    expect(await visible(masks.any(masks.causal, masks.prefix(ints([0, 2]))), 2, 2)).toEqual([
      [
        [1, 0],
        [1, 1],
      ],
      [
        [1, 1],
        [1, 1],
      ],
    ]);
  });

  test("causal and window become settings of attention, and only the rest a tensor", () => {
    const places = { queries: 4, keys: 4 };
    expect(
      attentionMask(masks.all(masks.causal, masks.window(3), masks.window(2)), places),
    ).toEqual({
      causal: true,
      window: 2,
    });
    const packed = attentionMask(namedMasks["packed"], { queries: 5, keys: 5 });
    expect([packed.causal, packed.mask?.shape]).toEqual([true, [5, 5]]);
    const program = makeIr((e: Tensor) =>
      multiHeadAttention.apply(params, e, { nHead: 4, mask: masks.causal }),
    )(x).toString();
    expect(program).toContain("causal=true");
    expect(program).not.toContain("iota");
  });

  test("what does not fit is named", () => {
    const places = { queries: 2, keys: 2 };
    expect(() => masks.window(0)).toThrow("masks.window: size");
    expect(() => masks.band(-1, 0)).toThrow("before must be a whole number of 0 or more");
    expect(() => maskTensor(masks.padding(tensor([true])), places)).toThrow(
      "the padding mask must have 2 elements",
    );
    expect(() => maskTensor(masks.padding(ones([2])), places)).toThrow(
      "the padding mask must be bool",
    );
    expect(() => maskTensor(masks.segments(ints([1])), places)).toThrow(
      "the segments mask must have 2",
    );
    expect(() => maskTensor(masks.all(), places)).toThrow("need at least one mask");
    expect(() =>
      multiHeadAttention.apply(params, x, {
        nHead: 4,
        mask: masks.explicit(ones([3, 3], { dtype: "bool" })),
      }),
    ).toThrow();
  });
});

describe("multiHeadAttention", () => {
  test("causal: later tokens do not change earlier ones", async () => {
    const changed = concatenate([cut(x, 0, 4), cut(x, 4, 7).mul(-3)], 1);
    const run = (e: Tensor): Tensor =>
      cut(
        multiHeadAttention.apply(params, e, {
          nHead: 4,
          mask: masks.causal,
          rope: turning(arange(7)),
        }),
        0,
        4,
      );
    await assertAllclose(run(changed), run(x), { rtol: 0, atol: 0 });
  });

  test("packed documents give what each gives alone", async () => {
    const segments = ints([0, 0, 0, 1, 1, 1, 1]);
    const together = multiHeadAttention.apply(params, x, {
      nHead: 4,
      mask: masks.all(masks.causal, masks.segments(segments)),
      rope: turning(positionsOfPacked(segments)),
    });
    const alone = (from: number, to: number): Tensor =>
      multiHeadAttention.apply(params, cut(x, from, to), {
        nHead: 4,
        mask: masks.causal,
        rope: turning(arange(to - from)),
      });
    await assertAllclose(together, concatenate([alone(0, 3), alone(3, 7)], 1), {
      rtol: 1e-5,
      atol: 1e-6,
    });
  });

  test("left-padded rows give what they give unpadded", async () => {
    const real = tensor([
      [false, false, false, true, true, true, true],
      [true, true, true, true, true, true, true],
    ]);
    const padded = multiHeadAttention.apply(params, x, {
      nHead: 4,
      mask: masks.all(masks.causal, masks.padding(real)),
      rope: turning(positionsOfPadded(real)),
    });
    const row = cut(x, 3, 7).slice([0, 0, 0], [1, 4, 8]);
    const alone = multiHeadAttention.apply(params, row, {
      nHead: 4,
      mask: masks.causal,
      rope: turning(arange(4)),
    });
    await assertAllclose(padded.slice([0, 3, 0], [1, 7, 8]), alone, { rtol: 1e-5, atol: 1e-6 });
    expect([...(await padded.data())].map(Number).every(Number.isFinite)).toBe(true);
  });

  test("keys in any order give the same answer to a query", async () => {
    const context = normal(key(5), [2, 4, 8]);
    const swapped = concatenate([cut(context, 2, 4), cut(context, 0, 2)], 1);
    const run = (c: Tensor): Tensor =>
      multiHeadAttention.apply(params, x, { nHead: 4, context: c });
    await assertAllclose(run(swapped), run(context), { rtol: 1e-5, atol: 1e-6 });
  });

  test("grouped heads equal heads that are copies", async () => {
    const kv = { k: normal(key(6), [2, 3, 4]), v: normal(key(7), [2, 3, 4]) };
    const q = normal(key(8), [4, 3, 4]);
    const copies = (t: Tensor): Tensor =>
      t.expandDims(1).broadcastTo([2, 2, 3, 4]).reshape([4, 3, 4]);
    await assertAllclose(attention(q, kv.k, kv.v), attention(q, copies(kv.k), copies(kv.v)), {
      rtol: 1e-5,
      atol: 1e-6,
    });
    await assertAllclose(attentionWeights(q, kv.k), attentionWeights(q, copies(kv.k)), {
      rtol: 1e-5,
      atol: 1e-6,
    });
  });

  test("the weights are those that attention takes means with, and 0 where nothing is seen", async () => {
    const [q, k] = [normal(key(2), [2, 4, 3, 4]), normal(key(3), [2, 2, 5, 4])];
    const mask = tensor([
      [false, false, false, false, false],
      [true, false, true, true, false],
      [true, true, true, true, true],
    ]);
    const options = { mask, softcap: 2, window: 3, causal: true, bias: normal(key(4), [4, 3, 5]) };
    const weights = attentionWeights(q, k, options);
    await assertAllclose(weights, attention(q, k, eye(5).broadcastTo([2, 2, 5, 5]), options), {
      rtol: 1e-5,
      atol: 1e-6,
    });
    await assertAllclose(weights.slice([0, 0, 0, 0], [2, 4, 1, 5]), zeros([2, 4, 1, 5]));
  });

  test("a query that sees nothing gives the bias of the projection, finite gradients, never NaN", async () => {
    const nothing = masks.padding(zeros([7], { dtype: "bool" }));
    const run = (p: typeof params): Tensor =>
      multiHeadAttention.apply(p, x, { nHead: 4, mask: nothing });
    const bias = params.projection.bias ?? zeros([8]);
    await assertAllclose(run(params), bias.broadcastTo([2, 7, 8]));
    const slope = jit(grad((p: typeof params) => run(p).sum()))(params);
    await assertAllclose(slope.q.kernel, zeros([8, 8]));
  });

  test("norms of queries and keys without a scale have no parameters", async () => {
    const plain = multiHeadAttention.init(key(0), { ...config, qkScale: false });
    expect(plain.qNorm).toEqual({});
    await assertAllclose(
      multiHeadAttention.apply(plain, x, { nHead: 4 }),
      multiHeadAttention.apply(params, x, { nHead: 4 }),
    );
  });

  test("vmap over examples equals the batch; derivatives to order two; dropout follows its key", async () => {
    const run = (e: Tensor): Tensor =>
      multiHeadAttention.apply(params, e, { nHead: 4, mask: namedMasks["window"] });
    await assertAllclose(vmap(run)(x), run(x), { rtol: 1e-5, atol: 1e-6 });
    const wide = (shape: readonly number[], n: number): Tensor =>
      normal(key(n), shape, { dtype: "float64" });
    const small = {
      q: { kernel: wide([4, 4], 1) },
      k: { kernel: wide([4, 2], 2) },
      v: { kernel: wide([4, 2], 3) },
      projection: { kernel: wide([4, 4], 4) },
      qNorm: { scale: wide([2], 5) },
    };
    await checkGrads(
      (p: typeof small, e: Tensor) =>
        multiHeadAttention.apply(p, e, {
          nHead: 2,
          mask: masks.causal,
          softcap: 3,
          rope: rope(arange(3), { dim: 2, layout: "interleaved", dtype: "float64" }),
        }),
      [small, wide([3, 4], 6)],
    );
    const drop = (k: Key): Tensor =>
      multiHeadAttention.apply(params, x, { nHead: 4, dropout: 0.5, key: k });
    await assertAllclose(drop(key(1)), drop(key(1)), { rtol: 0, atol: 0 });
    await expect(assertAllclose(drop(key(1)), drop(key(2)))).rejects.toThrow("must agree");
  });

  test("wrong sizes are named", () => {
    expect(() => multiHeadAttention.init(key(0), { nEmbd: 8, nHead: 3 })).toThrow(
      "headDim must be a whole number",
    );
    expect(() => multiHeadAttention.init(key(0), { nEmbd: 8, nHead: 4, nKvHead: 3 })).toThrow(
      "nKvHead must divide",
    );
    expect(() => multiHeadAttention.apply(params, x, { nHead: 3 })).toThrow(
      "q.kernel must hold 3 heads",
    );
    const broken = (path: "k" | "v" | "projection", shape: readonly number[]) => () =>
      multiHeadAttention.apply({ ...params, [path]: { kernel: zeros(shape) } }, x, { nHead: 4 });
    expect(broken("k", [8, 3])).toThrow("k.kernel must hold heads of size 2");
    expect(broken("v", [8, 2])).toThrow("v.kernel must be [8,4] as k.kernel");
    expect(broken("projection", [6, 8])).toThrow("projection.kernel must have 8 rows");
    expect(() => multiHeadAttention.apply(params, ones([2, 7, 9]), { nHead: 4 })).toThrow(
      "takes x (..., T, 8)",
    );
    expect(() => multiHeadAttention.apply(params, x, { nHead: 4, context: ones([8]) })).toThrow(
      "takes context (..., T, 8)",
    );
    expect(() =>
      latentAttention.init(key(0), { nEmbd: 8, nHead: 2, kvRank: 0, plainDim: 2, ropeDim: 2 }),
    ).toThrow("kvRank");
  });
});

describe("the cache", () => {
  const full = (mask: Mask, e: Tensor = x): Tensor =>
    multiHeadAttention.apply(params, e, { nHead: 4, mask, rope: turning(arange(e.shape[1] ?? 0)) });

  const decode = jit((cache: KvCache, e: Tensor) =>
    multiHeadAttention.applyCached(params, cache, e, {
      nHead: 4,
      mask: masks.causal,
      rope: turning(cache.length.expandDims(0).add(arange(e.shape[1] ?? 1, { dtype: "int32" }))),
    }),
  );

  test.each([[[1, 1, 1, 1, 1, 1, 1]], [[4, 1, 1, 1]], [[3, 3, 1]], [[7]]])(
    "static, in chunks of %j: equal to no cache at every step",
    async (chunks) => {
      let cache = kvCache({ lead: [2], nKvHead: 2, headDim: 2, capacity: 9 });
      const expected = full(masks.causal);
      let at = 0;
      for (const n of chunks) {
        const [y, next] = decode(cache, cut(x, at, at + n));
        await assertAllclose(y, cut(expected, at, at + n), { rtol: 1e-5, atol: 1e-6 });
        [cache, at] = [next, at + n];
      }
      expect(await cache.length.item()).toBe(7);
    },
  );

  test.each([[[1, 1, 1, 1, 1, 1, 1]], [[4, 1, 1, 1]], [[7]], [[2, 5]]])(
    "rolling, in chunks of %j: a window of 3 needs 2 slots",
    async (chunks) => {
      const mask = masks.all(masks.causal, masks.window(3));
      const expected = full(mask);
      let cache = kvCache({ lead: [2], nKvHead: 2, headDim: 2, capacity: 2 });
      let at = 0;
      for (const n of chunks) {
        const step = { nHead: 4, mask, rolling: true, rope: turning(arange(n).add(at)) };
        const [y, next] = multiHeadAttention.applyCached(params, cache, cut(x, at, at + n), step);
        await assertAllclose(y, cut(expected, at, at + n), { rtol: 1e-5, atol: 1e-6 });
        [cache, at] = [next, at + n];
      }
      expect(cache.k.shape).toEqual([2, 2, 2, 2]);
    },
  );

  test.each([false, true])(
    "left padding, rolling %s: each row equals itself unpadded",
    async (rolling) => {
      const real = tensor([
        [false, false, true, true],
        [true, true, true, true],
      ]);
      const mask = rolling ? masks.all(masks.causal, masks.window(4)) : masks.causal;
      const positions = positionsOfPadded(real);
      let cache = kvCache({ lead: [2], nKvHead: 2, headDim: 2, capacity: rolling ? 4 : 7 });
      const [y, next] = multiHeadAttention.applyCached(params, cache, cut(x, 0, 4), {
        nHead: 4,
        mask,
        rolling,
        valid: real,
        rope: turning(positions),
      });
      cache = next;
      const alone = full(mask, cut(x, 2, 7)).slice([0, 0, 0], [1, 5, 8]);
      await assertAllclose(y.slice([0, 2, 0], [1, 4, 8]), alone.slice([0, 0, 0], [1, 2, 8]), {
        rtol: 1e-5,
        atol: 1e-6,
      });
      for (const i of [4, 5, 6]) {
        const places = tensor([[i - 2], [i]], { dtype: "int32" });
        const step = { nHead: 4, mask, rolling, rope: turning(places) };
        const [own, after] = multiHeadAttention.applyCached(params, cache, cut(x, i, i + 1), step);
        cache = after;
        await assertAllclose(
          own.slice([0, 0, 0], [1, 1, 8]),
          alone.slice([0, i - 2, 0], [1, i - 1, 8]),
          {
            rtol: 1e-5,
            atol: 1e-6,
          },
        );
        await assertAllclose(
          own.slice([1, 0, 0], [2, 1, 8]),
          full(mask).slice([1, i, 0], [2, i + 1, 8]),
          {
            rtol: 1e-5,
            atol: 1e-6,
          },
        );
      }
    },
  );

  test.each([false, true])(
    "biases by places, rolling %s: those of the whole sequence",
    async (rolling) => {
      const mask = rolling ? masks.all(masks.causal, masks.window(4)) : masks.causal;
      const options = {
        nHead: 4,
        mask,
        bias: (q: Tensor, k: Tensor) => alibiBias(q, k, { nHead: 4 }),
      };
      const expected = multiHeadAttention.apply(params, x, options);
      await expect(
        assertAllclose(expected, multiHeadAttention.apply(params, x, { nHead: 4, mask }), {
          atol: 1e-4,
        }),
      ).rejects.toThrow("must agree");
      let cache = kvCache({ lead: [2], nKvHead: 2, headDim: 2, capacity: rolling ? 3 : 9 });
      let at = 0;
      for (const n of [3, 1, 2, 1]) {
        const own = { ...options, rolling };
        const [y, next] = multiHeadAttention.applyCached(params, cache, cut(x, at, at + n), own);
        await assertAllclose(y, cut(expected, at, at + n), { rtol: 1e-5, atol: 1e-6 });
        [cache, at] = [next, at + n];
      }
    },
  );

  test("the keys and values of a context are made once", async () => {
    const context = normal(key(4), [2, 5, 8]);
    const heads = multiHeadAttention.context(params, context, { nHead: 4 });
    const once = multiHeadAttention.apply(params, cut(x, 2, 3), { nHead: 4, context: heads });
    const whole = multiHeadAttention.apply(params, x, { nHead: 4, context });
    await assertAllclose(once, cut(whole, 2, 3), { rtol: 1e-5, atol: 1e-6 });
  });

  test("latent attention: the cache holds R + P numbers a token and gives what no cache gives", async () => {
    const sizes = { nEmbd: 8, nHead: 2, kvRank: 4, plainDim: 3, ropeDim: 2, qRank: 5 };
    const own = latentAttention.init(key(3), sizes);
    const options = (positions: Tensor) => ({
      nHead: 2,
      mask: masks.causal,
      rope: rope(positions, { dim: 2, layout: "interleaved" }),
    });
    const expected = latentAttention.apply(own, x, options(arange(7)));
    let cache = kvCache({ lead: [2], nKvHead: 1, headDim: 4, valueDim: 2, capacity: 8 });
    let at = 0;
    for (const n of [3, 1, 1, 2]) {
      const [y, next] = latentAttention.applyCached(
        own,
        cache,
        cut(x, at, at + n),
        options(arange(n).add(at)),
      );
      await assertAllclose(y, cut(expected, at, at + n), { rtol: 1e-5, atol: 1e-6 });
      [cache, at] = [next, at + n];
    }
  });

  test("what does not fit is NaN or refused, never wrong", async () => {
    const small = kvCache({ lead: [2], nKvHead: 2, headDim: 2, capacity: 4 });
    const [, filled] = decode(small, cut(x, 0, 3));
    const [y] = decode(filled, cut(x, 3, 5));
    expect([...(await y.data())].map(Number).every(Number.isNaN)).toBe(true);
    expect(() => decode(small, cut(x, 0, 5))).toThrow("at most 4 tokens fit");
    const one = { nHead: 4, rope: turning(arange(1)) };
    const rolling = { ...one, mask: masks.causal, rolling: true };
    expect(() => multiHeadAttention.applyCached(params, small, cut(x, 0, 1), rolling)).toThrow(
      "a rolling cache needs a mask with a window",
    );
    const wrong = kvCache({ lead: [3], nKvHead: 2, headDim: 2, capacity: 4 });
    expect(() => multiHeadAttention.applyCached(params, wrong, cut(x, 0, 1), one)).toThrow(
      "must have the axes",
    );
    const valid = ones([2, 2], { dtype: "bool" });
    expect(() =>
      multiHeadAttention.applyCached(params, small, cut(x, 0, 1), { ...one, valid }),
    ).toThrow("valid must be bool [2,1]");
    expect(() => kvCache({ nKvHead: 1, headDim: 2, capacity: 0 })).toThrow("capacity");
  });
});

describe("the cache on ONNX Runtime", () => {
  const before = getBackend();
  beforeAll(async () => setBackend(await createOnnxBackend()));
  afterAll(() => setBackend(before));

  test.each([false, true])("decodes as without a cache, rolling %s", async (rolling) => {
    const mask = rolling ? masks.all(masks.causal, masks.window(3)) : masks.causal;
    const own = multiHeadAttention.init(key(0), config);
    const tokens = normal(key(1), [2, 7, 8]);
    const step = jit((cache: KvCache, e: Tensor) => {
      const positions = arange(e.shape[1] ?? 1, { dtype: "int32" }).add(cache.length);
      return multiHeadAttention.applyCached(own, cache, e, {
        nHead: 4,
        mask,
        rolling,
        rope: turning(positions),
      });
    });
    const expected = jit((e: Tensor) =>
      multiHeadAttention.apply(own, e, { nHead: 4, mask, rope: turning(arange(7)) }),
    )(tokens);
    let cache = kvCache({ lead: [2], nKvHead: 2, headDim: 2, capacity: rolling ? 2 : 8 });
    let at = 0;
    for (const n of [3, 1, 1, 1, 1]) {
      const [y, next] = step(cache, cut(tokens, at, at + n));
      await assertAllclose(y, cut(expected, at, at + n), { rtol: 1e-5, atol: 1e-6 });
      [cache, at] = [next, at + n];
    }
  });
});
