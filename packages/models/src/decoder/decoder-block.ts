import type { Tensor } from "@adjoint/core";
import { type Key, splitTuple } from "@adjoint/core/random";
import {
  activationNamed,
  type GluParams,
  type KvCache,
  layerNorm,
  type LayerNormParams,
  type Mask,
  mlp,
  type MlpParams,
  multiHeadAttention,
  type MultiHeadAttentionOptions,
  type MultiHeadAttentionParams,
  normalInit,
  rmsNorm,
  type RmsNormParams,
  type Rope,
  swiglu,
} from "@adjoint/nn";
import type { DecoderConfig } from "./decoder-config.ts";

/** Parameters of a norm: a scale, and a bias for layer norm. */
export type NormParams = LayerNormParams | RmsNormParams;

/** Parameters of one block. */
export type DecoderBlockParams = {
  readonly attentionNorm: NormParams;
  readonly attention: MultiHeadAttentionParams;
  readonly mlpNorm: NormParams;
  readonly mlp: MlpParams | GluParams;
};

/** What blocks share in one call. */
export type BlockContext = {
  readonly mask: Mask;
  readonly rope: Rope | undefined;
};

/** Fresh parameters of the configured norm. */
export const initNorm = (key: Key, { norm, nEmbd }: DecoderConfig): NormParams =>
  norm.kind === "rms"
    ? rmsNorm.init(key, { features: nEmbd })
    : layerNorm.init(key, { features: nEmbd });

const isLayerNorm = (params: NormParams, kind: "layer" | "rms"): params is LayerNormParams =>
  kind === "layer" && params.scale !== undefined;

/** The configured norm of x (..., C). */
export const applyNorm = (params: NormParams, x: Tensor, { norm }: DecoderConfig): Tensor =>
  isLayerNorm(params, norm.kind)
    ? layerNorm.apply(params, x, { eps: norm.eps })
    : rmsNorm.apply(params, x, { eps: norm.eps });

const isGated = (params: MlpParams | GluParams): params is GluParams => "gate" in params;

const applyMlp = (params: MlpParams | GluParams, x: Tensor, { mlp: own }: DecoderConfig): Tensor =>
  isGated(params)
    ? swiglu.apply(params, x, { activation: own.activation })
    : mlp.apply(params, x, { activation: activationNamed(own.activation) });

/** Fresh parameters of a block: N(0, std), the projections back divided by sqrt(2 nLayer), as in GPT-2. */
export const initBlock = (key: Key, config: DecoderConfig): DecoderBlockParams => {
  const { nEmbd, nHead, nKvHead, headDim, attention, mlp: own, nLayer, initStd } = config;
  const kernelInit = normalInit(initStd);
  const outputInit = normalInit(initStd / Math.sqrt(2 * nLayer));
  const [forAttention, forMlp] = splitTuple(key, 2);
  const { useBias, outputBias, qkNorm } = attention;
  const inits = { kernelInit, outputInit };
  return {
    attentionNorm: initNorm(key, config),
    attention: multiHeadAttention.init(forAttention, {
      ...{ nEmbd, nHead, nKvHead, headDim, useBias, outputBias, qkNorm },
      ...inits,
    }),
    mlpNorm: initNorm(key, config),
    mlp: own.gated
      ? swiglu.init(forMlp, { nEmbd, hidden: own.hidden, useBias: own.useBias, ...inits })
      : mlp.init(forMlp, { sizes: [nEmbd, own.hidden, nEmbd], useBias: own.useBias, ...inits }),
  };
};

const attentionOptions = (
  { nHead, norm }: DecoderConfig,
  { mask, rope }: BlockContext,
): MultiHeadAttentionOptions => ({ nHead, mask, rope, eps: norm.eps });

/** A block: x + attention(norm x), then x + mlp(norm x), for x (..., T, C). */
export const applyBlock = (
  params: DecoderBlockParams,
  x: Tensor,
  config: DecoderConfig,
  context: BlockContext,
): Tensor => {
  const normed = applyNorm(params.attentionNorm, x, config);
  const options = attentionOptions(config, context);
  const h = x.add(multiHeadAttention.apply(params.attention, normed, options));
  return h.add(applyMlp(params.mlp, applyNorm(params.mlpNorm, h, config), config));
};

/** A block for the tokens that follow those in its cache. */
export const applyCachedBlock = (
  params: DecoderBlockParams,
  cache: KvCache,
  x: Tensor,
  config: DecoderConfig,
  context: BlockContext & { readonly valid: Tensor | undefined },
): readonly [Tensor, KvCache] => {
  const normed = applyNorm(params.attentionNorm, x, config);
  const options = { ...attentionOptions(config, context), valid: context.valid };
  const [y, next] = multiHeadAttention.applyCached(params.attention, cache, normed, options);
  const h = x.add(y);
  return [h.add(applyMlp(params.mlp, applyNorm(params.mlpNorm, h, config), config)), next];
};
