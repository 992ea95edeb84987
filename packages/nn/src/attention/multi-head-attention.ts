import {
  arange,
  ArgumentError,
  attention,
  type AttentionOptions,
  isTensor,
  type Tensor,
} from "@adjoint/core";
import { splitTuple } from "@adjoint/core/random";
import { checkRecords, checkTensors } from "../internal/check-tensors.ts";
import { dropout, type DropoutOptions } from "../layers/dropout.ts";
import type { Layer } from "../layers/layer.ts";
import { linear } from "../layers/linear.ts";
import { rmsNorm, type RmsNormOptions, type RmsNormParams } from "../norms/rms-norm.ts";
import { applyRope, type Rope } from "../positions/rope.ts";
import { attentionWeights } from "./attention-weights.ts";
import { checkSequence, joinHeads, splitHeads } from "./heads.ts";
import { checkRolling, extendCache, type ExtendCacheOptions, type KvCache } from "./kv-cache.ts";
import { attentionMask, type Mask, masks } from "./masks.ts";
import {
  headSizes,
  initMultiHead,
  type MultiHeadAttentionConfig,
  type MultiHeadAttentionParams,
} from "./multi-head-params.ts";

/** Keys and values (..., K, S, D) of a context. */
export type ContextHeads = { readonly k: Tensor; readonly v: Tensor };

/** A bias (H, T, S) from int32 places of queries (T) and keys (S). */
export type BiasOfPlaces = (queryPlaces: Tensor, keyPlaces: Tensor) => Tensor;

/** Settings of `multiHeadAttention.apply`; dropout acts on the weights and on the result. */
export type MultiHeadAttentionOptions = DropoutOptions &
  RmsNormOptions &
  Pick<AttentionOptions, "scale" | "softcap"> & {
    /** Heads H of queries. */
    readonly nHead: number;
    /** Which keys are seen; all when absent. */
    readonly mask?: Mask | undefined;
    /** Where keys and values come from: (..., S, C'), or what `context` made of it; default the sequence itself. */
    readonly context?: Tensor | ContextHeads | undefined;
    /** Rotations of queries and keys. */
    readonly rope?: Rope | undefined;
    /**
     * Added to the scores: (..., H, T, S), or a function that makes it from the places of queries (T) and keys (S), as
     * `alibiBias` and `relativeBias` do; with a cache places are not known before.
     */
    readonly bias?: Tensor | BiasOfPlaces | undefined;
  };

/** Settings of `multiHeadAttention.applyCached`. Masks go by places; padding goes into `valid`. */
export type CachedAttentionOptions = Omit<
  MultiHeadAttentionOptions,
  "context" | "key" | "dropout"
> &
  ExtendCacheOptions;

/** The type of `multiHeadAttention`. */
export type MultiHeadAttentionLayer = Layer<
  MultiHeadAttentionConfig,
  MultiHeadAttentionParams,
  [options: MultiHeadAttentionOptions]
> & {
  /** The attention weights (..., H, T, S), for looking at. */
  readonly weights: (
    params: MultiHeadAttentionParams,
    x: Tensor,
    options: MultiHeadAttentionOptions,
  ) => Tensor;
  /** Keys and values of a context, to be made once and given to every step of a decoder as its `context`. */
  readonly context: (
    params: MultiHeadAttentionParams,
    context: Tensor,
    options: Pick<MultiHeadAttentionOptions, "nHead" | "eps" | "unitOffset">,
  ) => ContextHeads;
  /** New tokens x (..., T, C) after those in the cache: what `apply` gives for them, and the cache with them. */
  readonly applyCached: (
    params: MultiHeadAttentionParams,
    cache: KvCache,
    x: Tensor,
    options: CachedAttentionOptions,
  ) => readonly [Tensor, KvCache];
};

const name = "multiHeadAttention";

type Heads = { readonly q: Tensor; readonly k: Tensor; readonly v: Tensor };

/** Normalised and rotated, where the layer does so. */
const finished = (
  h: Tensor,
  norm: RmsNormParams | undefined,
  { rope, eps, unitOffset = false }: Partial<MultiHeadAttentionOptions>,
): Tensor => {
  const settings = { unitOffset, ...(eps === undefined ? {} : { eps }) };
  const normed = norm === undefined ? h : rmsNorm.apply(norm, h, settings);
  return rope === undefined ? normed : applyRope(normed, rope);
};

/** Keys and values (..., K, S, D). */
const contextOf = (
  params: MultiHeadAttentionParams,
  context: Tensor,
  options: Partial<MultiHeadAttentionOptions> & { readonly nHead: number },
): ContextHeads => {
  const { nKvHead } = headSizes(params, options.nHead);
  checkSequence(name, "context", context, params.k.kernel);
  return {
    k: finished(splitHeads(linear.apply(params.k, context), nKvHead), params.kNorm, options),
    v: splitHeads(linear.apply(params.v, context), nKvHead),
  };
};

/** Queries (..., H, T, D), keys and values (..., K, S, D). */
const projected = (
  params: MultiHeadAttentionParams,
  x: Tensor,
  options: MultiHeadAttentionOptions,
): Heads => {
  const { context = x } = options;
  const { nHead } = headSizes(params, options.nHead);
  checkSequence(name, "x", x, params.q.kernel);
  const q = finished(splitHeads(linear.apply(params.q, x), nHead), params.qNorm, options);
  return { q, ...(isTensor(context) ? contextOf(params, context, options) : given(context)) };
};

const given = (context: ContextHeads): ContextHeads => {
  checkRecords(name, { context });
  checkTensors(name, { "context.k": context.k, "context.v": context.v });
  return context;
};

type Places = { readonly queryPlaces: Tensor; readonly keyPlaces: Tensor };

const biasOf = (bias: Tensor | BiasOfPlaces, placesOf: () => Places): Tensor => {
  if (isTensor(bias)) return bias;
  if (typeof bias !== "function")
    throw new ArgumentError({
      operation: name,
      rule: "bias must be a tensor or a function of places",
      got: typeof bias,
    });
  const { queryPlaces, keyPlaces } = placesOf();
  return bias(queryPlaces, keyPlaces);
};

const scoring = ({ scale, softcap, bias }: MultiHeadAttentionOptions, placesOf: () => Places) => ({
  ...(scale === undefined ? {} : { scale }),
  ...(softcap === undefined ? {} : { softcap }),
  ...(bias === undefined ? {} : { bias: biasOf(bias, placesOf) }),
});

const lengths = ({ q, k }: Heads) => ({ queries: q.shape.at(-2) ?? 0, keys: k.shape.at(-2) ?? 0 });

/** Settings of attention for queries that are the last of the keys. */
const settingsOf = (options: MultiHeadAttentionOptions, heads: Heads) => {
  const { queries, keys } = lengths(heads);
  const placesOf = (): Places => ({
    queryPlaces: arange(queries, { dtype: "int32" }).add(keys - queries),
    keyPlaces: arange(keys, { dtype: "int32" }),
  });
  return {
    ...scoring(options, placesOf),
    ...attentionMask(options.mask, { queries, keys }),
  };
};

/**
 * Multi-head attention with all that decoders and encoders use: grouped or single key heads, cross attention, any mask,
 * rotary positions, normalised queries and keys, soft-capped scores, biases, a cache, and weights to look at. x (..., T, C)
 * gives (..., T, C). A query that sees no key gets the projection's bias. `init` throws ArgumentError for bad sizes,
 * `apply` ShapeError and ArgumentError for what does not fit.
 * @see https://arxiv.org/abs/1706.03762
 * @see https://arxiv.org/abs/2305.13245
 *
 * ```ts doctest
 * import { arange, ones } from "@adjoint/core";
 * import { key } from "@adjoint/core/random";
 * import { kvCache, masks, multiHeadAttention, rope } from "@adjoint/nn";
 * const params = multiHeadAttention.init(key(0), { nEmbd: 8, nHead: 4, nKvHead: 2, qkNorm: true });
 * const options = { nHead: 4, mask: masks.causal };
 * const turning = (positions: ReturnType<typeof arange>) => rope(positions, { dim: 2, layout: "half" });
 * multiHeadAttention.apply(params, ones([3, 5, 8]), { ...options, rope: turning(arange(5)) }).shape; // => [3, 5, 8]
 *
 * const cache = kvCache({ lead: [3], nKvHead: 2, headDim: 2, capacity: 16 });
 * const next = { ...options, rope: turning(arange(1)) };
 * const [y, longer] = multiHeadAttention.applyCached(params, cache, ones([3, 1, 8]), next);
 * [y.shape, await longer.length.item()]; // => [[3, 1, 8], 1]
 * ```
 */
export const multiHeadAttention: MultiHeadAttentionLayer = {
  init: (key, config) => initMultiHead(key, config),
  apply: (params, x, options) => {
    checkRecords(name, { options });
    const { dropout: rate = 0, key } = options;
    const [forWeights, forResult] = key === undefined ? [undefined, undefined] : splitTuple(key, 2);
    const heads = projected(params, x, options);
    const settings = { ...settingsOf(options, heads), dropout: rate, key: forWeights };
    const y = joinHeads(attention(heads.q, heads.k, heads.v, settings));
    return dropout(linear.apply(params.projection, y), { dropout: rate, key: forResult });
  },
  weights: (params, x, options) => {
    checkRecords(name, { options });
    const heads = projected(params, x, options);
    return attentionWeights(heads.q, heads.k, settingsOf(options, heads));
  },
  context: (params, context, options) => {
    checkRecords(name, { options });
    return contextOf(params, context, options);
  },
  applyCached: (params, cache, x, options) => {
    checkRecords(name, { options });
    checkRolling(name, cache, options);
    const { q, ...fresh } = projected(params, x, options);
    const { k, v, valid, cache: next, ...places } = extendCache(cache, fresh.k, fresh.v, options);
    const real = masks.padding(valid);
    // without causality empty slots are not seen either: they are not valid
    const mask = options.mask === undefined ? real : masks.all(real, options.mask);
    const y = attention(q, k.cast(q.dtype), v.cast(q.dtype), {
      ...scoring(options, () => places),
      ...attentionMask(mask, { ...lengths({ q, k, v }), ...places }),
    });
    return [linear.apply(params.projection, joinHeads(y)), next];
  },
};
