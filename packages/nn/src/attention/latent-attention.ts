import { attention, concatenate, type Tensor } from "@adjoint/core";
import { type Key, splitTuple } from "@adjoint/core/random";
import type { Initializer } from "../init/initializer.ts";
import { checkSize } from "../internal/check.ts";
import { checkKernels, checkRecords } from "../internal/check-tensors.ts";
import type { Layer } from "../layers/layer.ts";
import { linear, type LinearParams } from "../layers/linear.ts";
import { rmsNorm, type RmsNormParams } from "../norms/rms-norm.ts";
import { applyRope, type Rope } from "../positions/rope.ts";
import { checkSequence, headsOf, joinHeads, splitHeads } from "./heads.ts";
import { checkRolling, extendCache, type ExtendCacheOptions, type KvCache } from "./kv-cache.ts";
import { attentionMask, type Mask, type MaskPlaces, masks } from "./masks.ts";

/** Settings of `latentAttention`. */
export type LatentAttentionConfig = {
  /** Width C of the sequence. */
  readonly nEmbd: number;
  readonly nHead: number;
  /** Width R of the latent vector that keys and values are made from. */
  readonly kvRank: number;
  /** Width of the latent vector of queries; they are made straight from the sequence when absent. */
  readonly qRank?: number;
  /** Elements of a query and key head that do not rotate. */
  readonly plainDim: number;
  /** Elements that rotate; those of keys are shared by all heads. */
  readonly ropeDim: number;
  /** Size of a value head; default `plainDim`. */
  readonly valueDim?: number;
  /** Kernels; default `lecunNormal`. */
  readonly kernelInit?: Initializer;
  /** Kernel of the projection back; default `kernelInit`. */
  readonly outputInit?: Initializer;
};

/** Queries: (C, H (N + P)), or down (C, Q), norm and up (Q, H (N + P)), N plain and P rotating elements. */
export type LatentQueryParams =
  | { readonly direct: LinearParams }
  | { readonly down: LinearParams; readonly norm: RmsNormParams; readonly up: LinearParams };

/** Parameters of `latentAttention`: kvDown (C, R + P), kvNorm (R), kvUp (R, H (N + E)), projection (H E, C). */
export type LatentAttentionParams = {
  readonly q: LatentQueryParams;
  readonly kvDown: LinearParams;
  readonly kvNorm: RmsNormParams;
  readonly kvUp: LinearParams;
  readonly projection: LinearParams;
};

/** Settings of `latentAttention.apply`. */
export type LatentAttentionOptions = {
  readonly nHead: number;
  readonly mask?: Mask | undefined;
  /** Rotations, of the size P of the rotating part. */
  readonly rope: Rope;
  /** Factor of the scores; default 1 / sqrt(N + P). */
  readonly scale?: number;
  /** Of the norms of the latent vectors; default 1e-6. */
  readonly eps?: number;
};

/** The type of `latentAttention`. */
export type LatentAttentionLayer = Layer<
  LatentAttentionConfig,
  LatentAttentionParams,
  [options: LatentAttentionOptions]
> & {
  /**
   * New tokens after those in a cache that holds latent vectors only: R + P numbers for each token, whatever the number
   * of heads. Make it with `kvCache({ nKvHead: 1, headDim: kvRank, valueDim: ropeDim, ... })`.
   */
  readonly applyCached: (
    params: LatentAttentionParams,
    cache: KvCache,
    x: Tensor,
    options: LatentAttentionOptions & ExtendCacheOptions,
  ) => readonly [Tensor, KvCache];
};

const name = "latentAttention";

/** Elements from `start` to `end` of the last axis. */
const part = (x: Tensor, start: number, end: number): Tensor => {
  const lead = x.shape.slice(0, -1);
  return x.slice([...lead.map(() => 0), start], [...lead, end]);
};

const widthOf = ({ kernel }: LinearParams): number => kernel.shape[1] ?? 0;

const queriesOf = (q: LatentQueryParams, x: Tensor, eps: number): Tensor => {
  if ("direct" in q) return linear.apply(q.direct, x);
  return linear.apply(q.up, rmsNorm.apply(q.norm, linear.apply(q.down, x), { eps }));
};

/** The latent vectors (..., S, R) and the rotated shared part of the keys (..., 1, S, P). */
const latentOf = (
  params: LatentAttentionParams,
  x: Tensor,
  { rope, eps = 1e-6 }: LatentAttentionOptions,
): { readonly latent: Tensor; readonly shared: Tensor } => {
  const down = linear.apply(params.kvDown, x);
  const [rank = 0] = params.kvUp.kernel.shape;
  const latent = rmsNorm.apply(params.kvNorm, part(down, 0, rank), { eps });
  return {
    latent,
    shared: applyRope(part(down, rank, widthOf(params.kvDown)).expandDims(-3), rope),
  };
};

/** Attention of x to latent vectors (..., S, R) and shared keys (..., 1, S, P). */
const attend = (
  params: LatentAttentionParams,
  x: Tensor,
  latent: Tensor,
  shared: Tensor,
  options: LatentAttentionOptions,
  places: MaskPlaces,
): Tensor => {
  const { nHead, rope, mask, scale, eps = 1e-6 } = options;
  const q = splitHeads(queriesOf(params.q, x, eps), nHead);
  const own = q.shape.at(-1) ?? 0;
  const plain = own - (shared.shape.at(-1) ?? 0);
  const turned = concatenate([part(q, 0, plain), applyRope(part(q, plain, own), rope)], -1);
  const kv = splitHeads(linear.apply(params.kvUp, latent), nHead);
  const spread = shared.broadcastTo([...kv.shape.slice(0, -1), own - plain]);
  const k = concatenate([part(kv, 0, plain), spread], -1);
  const v = part(kv, plain, kv.shape.at(-1) ?? 0);
  const y = attention(turned, k, v, {
    ...attentionMask(mask, places),
    ...(scale === undefined ? {} : { scale }),
  });
  return linear.apply(params.projection, joinHeads(y));
};

const check = (params: LatentAttentionParams, x: Tensor, options: LatentAttentionOptions): void => {
  checkRecords(name, { options });
  const { nHead, rope } = options;
  checkRecords(name, { rope });
  checkKernels(name, { params }, ["kvDown", "kvUp", "projection"]);
  checkRecords(name, { "params.q": params.q, "params.kvNorm": params.kvNorm });
  checkSequence(name, "x", x, params.kvDown.kernel);
  headsOf(
    name,
    "kvUp",
    widthOf(params.kvUp),
    widthOf(params.kvUp) / checkSize(name, "nHead", nHead),
  );
};

const initQueries = (key: Key, config: LatentAttentionConfig): LatentQueryParams => {
  const { nEmbd, nHead, qRank, plainDim, ropeDim, kernelInit } = config;
  const outFeatures = nHead * (plainDim + ropeDim);
  const rest = { useBias: false, ...(kernelInit === undefined ? {} : { kernelInit }) };
  if (qRank === undefined)
    return { direct: linear.init(key, { inFeatures: nEmbd, outFeatures, ...rest }) };
  const [forDown, forUp] = splitTuple(key, 2);
  return {
    down: linear.init(forDown, { inFeatures: nEmbd, outFeatures: qRank, ...rest }),
    norm: rmsNorm.init(key, { features: qRank }),
    up: linear.init(forUp, { inFeatures: qRank, outFeatures, ...rest }),
  };
};

/**
 * Multi-head latent attention of DeepSeek-V2 and V3: keys and values of all heads are made from one short vector, which is
 * all that a cache needs to hold. x (..., T, C) gives (..., T, C). `init` throws ArgumentError for bad sizes, `apply`
 * ShapeError when `x` does not fit.
 * @see https://arxiv.org/abs/2405.04434
 *
 * ```ts doctest
 * import { arange, ones } from "@adjoint/core";
 * import { key } from "@adjoint/core/random";
 * import { latentAttention, masks, rope } from "@adjoint/nn";
 * const sizes = { nEmbd: 8, nHead: 2, kvRank: 4, plainDim: 4, ropeDim: 2 };
 * const params = latentAttention.init(key(0), sizes);
 * const turning = rope(arange(5), { dim: 2, layout: "interleaved" });
 * latentAttention.apply(params, ones([5, 8]), { nHead: 2, rope: turning, mask: masks.causal }).shape; // => [5, 8]
 * ```
 */
export const latentAttention: LatentAttentionLayer = {
  init: (key, config) => {
    checkRecords(name, { config });
    const { nEmbd, nHead, kvRank, plainDim, ropeDim, valueDim = plainDim } = config;
    const { kernelInit, outputInit = kernelInit } = config;
    for (const field of ["nEmbd", "nHead", "kvRank", "plainDim", "ropeDim"] as const)
      checkSize(name, field, config[field]);
    const [forQ, forDown, forUp, forOutput] = splitTuple(key, 4);
    const make = (
      own: Key,
      from: number,
      to: number,
      init: Initializer | undefined,
    ): LinearParams =>
      linear.init(own, {
        inFeatures: from,
        outFeatures: to,
        useBias: false,
        ...(init === undefined ? {} : { kernelInit: init }),
      });
    return {
      q: initQueries(forQ, config),
      kvDown: make(forDown, nEmbd, kvRank + ropeDim, kernelInit),
      kvNorm: rmsNorm.init(key, { features: kvRank }),
      kvUp: make(forUp, kvRank, nHead * (plainDim + valueDim), kernelInit),
      projection: make(forOutput, nHead * valueDim, nEmbd, outputInit),
    };
  },
  apply: (params, x, options) => {
    check(params, x, options);
    const { latent, shared } = latentOf(params, x, options);
    const length = x.shape.at(-2) ?? 0;
    return attend(params, x, latent, shared, options, { queries: length, keys: length });
  },
  applyCached: (params, cache, x, options) => {
    check(params, x, options);
    checkRolling(name, cache, options);
    const { latent, shared } = latentOf(params, x, options);
    const longer = extendCache(cache, latent.expandDims(-3), shared, options);
    const { queryPlaces, keyPlaces } = longer;
    const places = {
      queries: x.shape.at(-2) ?? 0,
      keys: longer.k.shape.at(-2) ?? 0,
      queryPlaces,
      keyPlaces,
    };
    const real = masks.padding(longer.valid);
    const mask = options.mask === undefined ? real : masks.all(real, options.mask);
    const k = longer.k.squeeze(-3).cast(x.dtype);
    return [
      attend(params, x, k, longer.v.cast(x.dtype), { ...options, mask }, places),
      longer.cache,
    ];
  },
};
