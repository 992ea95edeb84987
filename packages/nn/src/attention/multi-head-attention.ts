import { ArgumentError, attention, type AttentionOptions, type Tensor } from "@adjoint/core";
import { type Key, splitTuple } from "@adjoint/core/random";
import type { Initializer } from "../init/initializer.ts";
import { checkSize } from "../internal/check.ts";
import { dropout, type DropoutOptions } from "../layers/dropout.ts";
import type { Layer } from "../layers/layer.ts";
import { linear, type LinearParams } from "../layers/linear.ts";
import { rmsNorm, type RmsNormOptions, type RmsNormParams } from "../norms/rms-norm.ts";
import { applyRope, type Rope } from "../positions/rope.ts";
import { attentionWeights } from "./attention-weights.ts";
import { checkSequence, headsOf, joinHeads, splitHeads } from "./heads.ts";
import { checkRolling, extendCache, type ExtendCacheOptions, type KvCache } from "./kv-cache.ts";
import { attentionMask, type Mask, masks } from "./masks.ts";

/** Settings of `multiHeadAttention`. */
export type MultiHeadAttentionConfig = {
  /** Width C of the sequence. */
  readonly nEmbd: number;
  /** Heads H of queries. */
  readonly nHead: number;
  /** Heads K of keys and values, a divisor of H: fewer is grouped-query, 1 multi-query attention. Default H. */
  readonly nKvHead?: number;
  /** Size D of a head; default C / H. */
  readonly headDim?: number;
  /** Width of the sequence that keys and values come from, when it is another; default C. */
  readonly contextDim?: number;
  /** Whether the projections have biases; true when absent. */
  readonly useBias?: boolean;
  /** Whether the projection back has one; default `useBias`. */
  readonly outputBias?: boolean;
  /** Whether queries and keys are normalised head by head (Qwen3, Gemma 3); false when absent. */
  readonly qkNorm?: boolean;
  /** As in `rmsNorm`, for the norms of queries and keys. */
  readonly unitOffset?: boolean;
  /** Kernels; default `lecunNormal`. */
  readonly kernelInit?: Initializer;
  /** Kernel of the projection back; default `kernelInit`. */
  readonly outputInit?: Initializer;
};

/** Parameters: q (C, H D), k and v (C, K D), projection (H D, C), and norms (D). */
export type MultiHeadAttentionParams = {
  readonly q: LinearParams;
  readonly k: LinearParams;
  readonly v: LinearParams;
  readonly projection: LinearParams;
  readonly qNorm?: RmsNormParams;
  readonly kNorm?: RmsNormParams;
};

/** Settings of `multiHeadAttention.apply`; dropout acts on the weights and on the result. */
export type MultiHeadAttentionOptions = DropoutOptions &
  RmsNormOptions &
  Pick<AttentionOptions, "scale" | "softcap"> & {
    /** Heads H of queries. */
    readonly nHead: number;
    /** Which keys are seen; all when absent. */
    readonly mask?: Mask | undefined;
    /** Where keys and values come from: (..., S, C'); default the sequence itself. */
    readonly context?: Tensor | undefined;
    /** Rotations of queries and keys. */
    readonly rope?: Rope | undefined;
    /** Added to the scores, (..., H, T, S): `alibiBias`, `relativeBias`. */
    readonly bias?: Tensor | undefined;
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
  /** New tokens x (..., T, C) after those in the cache: what `apply` gives for them, and the cache with them. */
  readonly applyCached: (
    params: MultiHeadAttentionParams,
    cache: KvCache,
    x: Tensor,
    options: CachedAttentionOptions,
  ) => readonly [Tensor, KvCache];
};

const name = "multiHeadAttention";

const initProjections = (key: Key, config: MultiHeadAttentionConfig): MultiHeadAttentionParams => {
  const { nEmbd, nKvHead = config.nHead, contextDim = nEmbd, useBias = true } = config;
  const { outputBias = useBias, kernelInit, outputInit = kernelInit } = config;
  const nHead = checkSize(name, "nHead", config.nHead);
  const size = checkSize(name, "headDim", config.headDim ?? nEmbd / nHead);
  if (nHead % checkSize(name, "nKvHead", nKvHead) !== 0)
    throw new ArgumentError({
      operation: name,
      rule: "nKvHead must divide nHead",
      got: `${nKvHead} and ${nHead}`,
    });
  const [forQ, forK, forV, forOutput] = splitTuple(key, 4);
  const make = (
    own: Key,
    from: number,
    to: number,
    bias: boolean,
    init: Initializer | undefined,
  ): LinearParams =>
    linear.init(own, {
      inFeatures: from,
      outFeatures: to,
      useBias: bias,
      ...(init === undefined ? {} : { kernelInit: init }),
    });
  return {
    q: make(forQ, nEmbd, nHead * size, useBias, kernelInit),
    k: make(forK, contextDim, nKvHead * size, useBias, kernelInit),
    v: make(forV, contextDim, nKvHead * size, useBias, kernelInit),
    projection: make(forOutput, nHead * size, nEmbd, outputBias, outputInit),
  };
};

type Heads = { readonly q: Tensor; readonly k: Tensor; readonly v: Tensor };

/** Queries (..., H, T, D), keys and values (..., K, S, D), normalised and rotated. */
const projected = (
  params: MultiHeadAttentionParams,
  x: Tensor,
  { nHead, context = x, rope, eps, unitOffset = false }: MultiHeadAttentionOptions,
): Heads => {
  checkSequence(name, "x", x, params.q.kernel);
  checkSequence(name, "context", context, params.k.kernel);
  const width = params.q.kernel.shape[1] ?? 0;
  const size = width / checkSize(name, "nHead", nHead);
  headsOf(name, "q", width, size);
  const kvHeads = headsOf(name, "k", params.k.kernel.shape[1] ?? 0, size);
  const settings = { unitOffset, ...(eps === undefined ? {} : { eps }) };
  const finish = (h: Tensor, norm: RmsNormParams | undefined): Tensor => {
    const normed = norm === undefined ? h : rmsNorm.apply(norm, h, settings);
    return rope === undefined ? normed : applyRope(normed, rope);
  };
  return {
    q: finish(splitHeads(linear.apply(params.q, x), nHead), params.qNorm),
    k: finish(splitHeads(linear.apply(params.k, context), kvHeads), params.kNorm),
    v: splitHeads(linear.apply(params.v, context), kvHeads),
  };
};

const given = ({ scale, softcap, bias }: MultiHeadAttentionOptions) => ({
  ...(scale === undefined ? {} : { scale }),
  ...(softcap === undefined ? {} : { softcap }),
  ...(bias === undefined ? {} : { bias }),
});

const lengths = ({ q, k }: Heads) => ({ queries: q.shape.at(-2) ?? 0, keys: k.shape.at(-2) ?? 0 });

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
  init: (key, config) => {
    const params = initProjections(key, config);
    if (config.qkNorm !== true) return params;
    const features = (params.q.kernel.shape[1] ?? 1) / config.nHead;
    const norm = rmsNorm.init(key, { features, unitOffset: config.unitOffset ?? false });
    return { ...params, qNorm: norm, kNorm: norm };
  },
  apply: (params, x, options) => {
    const { dropout: rate = 0, key } = options;
    const [forWeights, forResult] = key === undefined ? [undefined, undefined] : splitTuple(key, 2);
    const heads = projected(params, x, options);
    const mask = attentionMask(options.mask, lengths(heads));
    const settings = { ...given(options), ...mask, dropout: rate, key: forWeights };
    const y = joinHeads(attention(heads.q, heads.k, heads.v, settings));
    return dropout(linear.apply(params.projection, y), { dropout: rate, key: forResult });
  },
  weights: (params, x, options) => {
    const heads = projected(params, x, options);
    return attentionWeights(heads.q, heads.k, {
      ...given(options),
      ...attentionMask(options.mask, lengths(heads)),
    });
  },
  applyCached: (params, cache, x, options) => {
    checkRolling(name, cache, options);
    const { q, ...fresh } = projected(params, x, options);
    const {
      k,
      v,
      valid,
      queryPlaces,
      keyPlaces,
      cache: next,
    } = extendCache(cache, fresh.k, fresh.v, options);
    const real = masks.padding(valid);
    // without causality empty slots are not seen either: they are not valid
    const mask = options.mask === undefined ? real : masks.all(real, options.mask);
    const places = {
      queries: q.shape.at(-2) ?? 0,
      keys: k.shape.at(-2) ?? 0,
      queryPlaces,
      keyPlaces,
    };
    const y = attention(q, k.cast(q.dtype), v.cast(q.dtype), {
      ...given(options),
      ...attentionMask(mask, places),
    });
    return [linear.apply(params.projection, joinHeads(y)), next];
  },
};
