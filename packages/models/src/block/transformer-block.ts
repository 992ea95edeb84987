import type { Tensor } from "@adjoint/core";
import { type Key, splitTuple } from "@adjoint/core/random";
import {
  type KvCache,
  type Mask,
  multiHeadAttention,
  type MultiHeadAttentionOptions,
  type MultiHeadAttentionParams,
  normalInit,
  type Rope,
} from "@adjoint/nn";
import type { BlockConfig } from "./block-config.ts";
import { feedForward, type FeedForwardParams, initFeedForward } from "./feed-forward.ts";
import { applyNorm, initNorm, type NormParams } from "./norm.ts";

/** Parameters of one block; those of cross attention in decoders that read an encoder. */
export type BlockParams = {
  readonly attentionNorm: NormParams;
  readonly attention: MultiHeadAttentionParams;
  readonly crossNorm?: NormParams;
  readonly cross?: MultiHeadAttentionParams;
  readonly mlpNorm: NormParams;
  readonly mlp: FeedForwardParams;
};

/** What a block is given besides the sequence. */
export type BlockContext = {
  /** Which tokens see which; all when absent. */
  readonly mask?: Mask | undefined;
  /** Rotations of queries and keys. */
  readonly rope?: Rope | undefined;
  /** Added to the scores. */
  readonly bias?: Tensor | undefined;
  /** What cross attention reads (..., S, C), and which of it. */
  readonly memory?: Tensor | undefined;
  readonly memoryMask?: Mask | undefined;
  /** Training: decides what dropout drops. */
  readonly key?: Key | undefined;
};

const initAttention = (key: Key, config: BlockConfig): MultiHeadAttentionParams => {
  const { nEmbd, nHead, nKvHead, headDim, attention, nLayer, initStd } = config;
  const { useBias, outputBias, qkNorm } = attention;
  return multiHeadAttention.init(key, {
    ...{ nEmbd, nHead, nKvHead, headDim, useBias, outputBias, qkNorm },
    kernelInit: normalInit(initStd),
    outputInit: normalInit(initStd / Math.sqrt(2 * nLayer)),
  });
};

/** Fresh parameters of a block: N(0, std), the projections back divided by sqrt(2 nLayer), as in GPT-2. */
export const initBlock = (key: Key, config: BlockConfig, hasCross = false): BlockParams => {
  const [forAttention, forMlp, forCross] = splitTuple(key, 3);
  return {
    attentionNorm: initNorm(key, config),
    attention: initAttention(forAttention, config),
    ...(hasCross
      ? { crossNorm: initNorm(key, config), cross: initAttention(forCross, config) }
      : {}),
    mlpNorm: initNorm(key, config),
    mlp: initFeedForward(forMlp, config),
  };
};

/** x + part(norm x), or norm(x + part(x)) where the norm comes last. */
const residual = (
  norm: NormParams,
  x: Tensor,
  config: BlockConfig,
  part: (x: Tensor) => Tensor,
): Tensor =>
  config.norm.first
    ? x.add(part(applyNorm(norm, x, config)))
    : applyNorm(norm, x.add(part(x)), config);

const shared = ({ nHead, norm, attention: { scale } }: BlockConfig) => ({
  nHead,
  eps: norm.eps,
  ...(scale === undefined ? {} : { scale }),
});

const keysOf = (key: Key | undefined): readonly (Key | undefined)[] =>
  key === undefined ? [] : splitTuple(key, 3);

/** Attention to what came before and, where the block has it, to the memory: x (..., T, C) gives (..., T, C). */
const attended = (
  params: BlockParams,
  x: Tensor,
  config: BlockConfig,
  context: BlockContext,
  [forSelf, forCross]: readonly (Key | undefined)[],
): Tensor => {
  const { dropout } = config;
  const { mask, rope, bias, memory, memoryMask } = context;
  const own: MultiHeadAttentionOptions = { ...shared(config), dropout, mask, rope, bias };
  const h = residual(params.attentionNorm, x, config, (y) =>
    multiHeadAttention.apply(params.attention, y, { ...own, key: forSelf }),
  );
  const { cross, crossNorm } = params;
  if (cross === undefined || crossNorm === undefined || memory === undefined) return h;
  const other = { ...shared(config), dropout, mask: memoryMask, context: memory, key: forCross };
  return residual(crossNorm, h, config, (y) => multiHeadAttention.apply(cross, y, other));
};

/** One block of a Transformer: x (..., T, C) gives (..., T, C). */
export const applyBlock = (
  params: BlockParams,
  x: Tensor,
  config: BlockConfig,
  context: BlockContext,
): Tensor => {
  const keys = keysOf(context.key);
  const h = attended(params, x, config, context, keys);
  const dropping = { dropout: config.dropout, key: keys[2] };
  return residual(params.mlpNorm, h, config, (y) => feedForward(params.mlp, y, config, dropping));
};

/** A block for the tokens that follow those in its cache. */
export const applyCachedBlock = (
  params: BlockParams,
  cache: KvCache,
  x: Tensor,
  config: BlockConfig,
  context: BlockContext & { readonly valid: Tensor | undefined },
): readonly [Tensor, KvCache] => {
  const { mask, rope, bias, valid } = context;
  const options = { ...shared(config), mask, rope, bias, valid };
  const normed = config.norm.first ? applyNorm(params.attentionNorm, x, config) : x;
  const [y, next] = multiHeadAttention.applyCached(params.attention, cache, normed, options);
  const sum = x.add(y);
  const h = config.norm.first ? sum : applyNorm(params.attentionNorm, sum, config);
  const { cross, crossNorm } = params;
  const { memory, memoryMask } = context;
  const other = { ...shared(config), mask: memoryMask, context: memory };
  const crossed =
    cross === undefined || crossNorm === undefined || memory === undefined
      ? h
      : residual(crossNorm, h, config, (z) => multiHeadAttention.apply(cross, z, other));
  return [
    residual(params.mlpNorm, crossed, config, (z) => feedForward(params.mlp, z, config, {})),
    next,
  ];
};

/** Blocks one after the other; `contextOf` gives what each layer is given. */
export const applyBlocks = (
  blocks: readonly BlockParams[],
  x: Tensor,
  config: BlockConfig,
  contextOf: (layer: number) => BlockContext,
  key?: Key,
): Tensor => {
  const keys: readonly Key[] = key === undefined ? [] : splitTuple<number>(key, blocks.length);
  return blocks.reduce(
    (h, params, i) => applyBlock(params, h, config, { ...contextOf(i), key: keys[i] }),
    x,
  );
};
