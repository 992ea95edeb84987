import { ArgumentError, type Tensor } from "@adjoint/core";
import type { Key } from "@adjoint/core/random";
import {
  type ContextHeads,
  dropout,
  type KvCache,
  latentAttention,
  type LatentAttentionParams,
  type Mask,
  multiHeadAttention,
  type MultiHeadAttentionParams,
  normalInit,
  type Rope,
} from "@adjoint/nn";
import type { BlockConfig } from "./block-config.ts";

/** Parameters of attention: by heads, or through latent vectors. */
export type AttentionParams = MultiHeadAttentionParams | LatentAttentionParams;

/** What attention is given besides the sequence. */
export type AttendOptions = {
  readonly mask?: Mask | undefined;
  readonly rope?: Rope | undefined;
  readonly bias?: Tensor | undefined;
  /** Where keys and values come from, or what `contextHeads` made of it; default the sequence. */
  readonly context?: Tensor | ContextHeads | undefined;
  /** As in `BlockContext`. */
  readonly values?: ((x: Tensor) => Tensor) | undefined;
  readonly key?: Key | undefined;
};

const inits = ({ nLayer, initStd }: BlockConfig) => ({
  kernelInit: normalInit(initStd),
  outputInit: normalInit(initStd / Math.sqrt(2 * nLayer)),
});

/** Fresh parameters by heads: N(0, std), the projection back divided by sqrt(2 nLayer). */
export const initHeads = (key: Key, config: BlockConfig): MultiHeadAttentionParams => {
  const { nEmbd, nHead, nKvHead, headDim, attention } = config;
  const { useBias, outputBias, qkNorm, qkScale = true } = attention;
  return multiHeadAttention.init(key, {
    ...{ nEmbd, nHead, nKvHead, headDim, useBias, outputBias, qkNorm, qkScale },
    ...inits(config),
  });
};

/** Fresh parameters of the configured attention. */
export const initAttention = (key: Key, config: BlockConfig): AttentionParams => {
  const { nEmbd, nHead, latent } = config;
  return latent === undefined
    ? initHeads(key, config)
    : latentAttention.init(key, { nEmbd, nHead, ...latent, ...inits(config) });
};

const isLatent = (params: AttentionParams): params is LatentAttentionParams => "kvDown" in params;

const shared = ({ nHead, norm, attention: { scale } }: BlockConfig) => ({
  nHead,
  eps: norm.eps,
  ...(scale === undefined ? {} : { scale }),
});

const needRope = (rope: Rope | undefined): Rope => {
  if (rope !== undefined) return rope;
  throw new RangeError("attention through latent vectors has rotary positions");
};

/** Keys and values (..., K, S, D) of what is read (..., S, C), for `attend`'s `context`. */
export const contextHeads = (
  params: MultiHeadAttentionParams,
  context: Tensor,
  config: BlockConfig,
): ContextHeads => multiHeadAttention.context(params, context, shared(config));

/** Attention that adds to its values: a bias of theirs that differs from token to token. */
const withValues = (
  params: MultiHeadAttentionParams,
  x: Tensor,
  { values }: AttendOptions,
): MultiHeadAttentionParams => {
  if (values === undefined) return params;
  const { bias, kernel } = params.v;
  const own = values(x);
  return { ...params, v: { kernel, bias: bias === undefined ? own : own.add(bias) } };
};

/** The configured attention of x (..., T, C). */
export const attend = (
  params: AttentionParams,
  x: Tensor,
  config: BlockConfig,
  options: AttendOptions,
): Tensor => {
  const { mask, rope, bias, context, key } = options;
  const dropping = { dropout: config.dropout, key };
  if (!isLatent(params))
    return multiHeadAttention.apply(withValues(params, x, options), x, {
      ...shared(config),
      ...dropping,
      ...{ mask, rope, bias, context },
    });
  const settings = { ...shared(config), mask, rope: needRope(rope) };
  return dropout(latentAttention.apply(params, x, settings), dropping);
};

/** The weights (..., H, T, S) of what `attend` computes without dropout; ArgumentError for latent vectors, which have none here. */
export const attendWeights = (
  params: AttentionParams,
  x: Tensor,
  config: BlockConfig,
  { mask, rope, bias, context }: AttendOptions,
): Tensor => {
  if (isLatent(params))
    throw new ArgumentError({
      operation: "attention",
      rule: "gives the weights of attention by heads",
      got: "attention through latent vectors",
    });
  return multiHeadAttention.weights(params, x, { ...shared(config), mask, rope, bias, context });
};

/** The configured attention of the tokens that follow those in its cache. */
export const attendCached = (
  params: AttentionParams,
  cache: KvCache,
  x: Tensor,
  config: BlockConfig,
  options: AttendOptions & { readonly valid?: Tensor | undefined },
): readonly [Tensor, KvCache] => {
  const { mask, rope, bias, valid } = options;
  return isLatent(params)
    ? latentAttention.applyCached(params, cache, x, {
        ...shared(config),
        ...{ mask, rope: needRope(rope), valid },
      })
    : multiHeadAttention.applyCached(withValues(params, x, options), cache, x, {
        ...shared(config),
        ...{ mask, rope, bias, valid },
      });
};
