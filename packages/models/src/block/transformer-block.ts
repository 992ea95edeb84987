import { ShapeError, type Tensor } from "@adjoint/core";
import { type Key, splitTuple } from "@adjoint/core/random";
import type {
  ContextHeads,
  KvCache,
  Mask,
  MultiHeadAttentionParams,
  Rope,
  Routing,
} from "@adjoint/nn";
import {
  attend,
  attendCached,
  attendWeights,
  type AttentionParams,
  initAttention,
  initHeads,
} from "./attend.ts";
import type { BlockConfig } from "./block-config.ts";
import { feedForward, type FeedForwardParams, initFeedForward } from "./feed-forward.ts";
import { applyNorm, initNorm, type NormParams } from "./norm.ts";
import { optionalKeys } from "../internal/optional-keys.ts";

/** Parameters of one block; those of cross attention in decoders that read an encoder. */
export type BlockParams = {
  readonly attentionNorm: NormParams;
  readonly attention: AttentionParams;
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
  /** What cross attention reads (..., S, C), or its keys and values of it, and which of it. */
  readonly memory?: Tensor | ContextHeads | undefined;
  readonly memoryMask?: Mask | undefined;
  /** bool (..., T): real tokens, where they are known; padding takes no expert's place. */
  readonly valid?: Tensor | undefined;
  /** Changes the sequence before the block. */
  readonly enter?: ((x: Tensor) => Tensor) | undefined;
  /** Added to the values of attention: (..., T, K D) from the sequence (..., T, C) as attention reads it. */
  readonly values?: ((x: Tensor) => Tensor) | undefined;
  /** Whether the weights of attention are wanted too. */
  readonly watched?: boolean | undefined;
  /** Training: decides what dropout drops. */
  readonly key?: Key | undefined;
};

/** Weights (..., H, T, S) of a block's attention. */
export type BlockWeights = { readonly own: Tensor; readonly cross?: Tensor };

/** What comes out of a block: the sequence, which experts its tokens went to, and where attention looked. */
export type BlockResult = {
  readonly x: Tensor;
  readonly routing?: Routing;
  readonly weights?: BlockWeights;
};

/** Fresh parameters of a block. */
export const initBlock = (
  key: Key,
  config: BlockConfig,
  layer: number,
  hasCross = false,
): BlockParams => {
  const [forAttention, forMlp, forCross] = splitTuple(key, 3);
  return {
    attentionNorm: initNorm(key, config),
    attention: initAttention(forAttention, config),
    ...(hasCross ? { crossNorm: initNorm(key, config), cross: initHeads(forCross, config) } : {}),
    mlpNorm: initNorm(key, config),
    mlp: initFeedForward(forMlp, config, layer),
  };
};

/** Fresh parameters of all blocks. */
export const initBlocks = (
  key: Key,
  config: BlockConfig,
  hasCross = false,
): readonly BlockParams[] => {
  const keys: readonly Key[] = splitTuple<number>(key, config.nLayer);
  return keys.map((own, layer) => initBlock(own, config, layer, hasCross));
};

const before = (norm: NormParams, x: Tensor, config: BlockConfig): Tensor =>
  config.norm.first ? applyNorm(norm, x, config) : x;

/** x + y, normalised where the norm comes last. */
const joined = (norm: NormParams, x: Tensor, y: Tensor, config: BlockConfig): Tensor =>
  config.norm.first ? x.add(y) : applyNorm(norm, x.add(y), config);

/** What cross attention adds, where the block has it. */
const crossed = (
  { cross, crossNorm }: BlockParams,
  x: Tensor,
  config: BlockConfig,
  { memory: context, memoryMask: mask }: BlockContext,
  key: Key | undefined,
): Tensor => {
  if (cross === undefined || crossNorm === undefined || context === undefined) return x;
  const y = attend(cross, before(crossNorm, x, config), config, { mask, context, key });
  return joined(crossNorm, x, y, config);
};

/** Where the attention of a block looks, from what it reads itself and what cross attention reads. */
const watch = (
  { attention, attentionNorm, cross, crossNorm }: BlockParams,
  x: Tensor,
  joinedX: Tensor,
  config: BlockConfig,
  context: BlockContext,
): BlockWeights => {
  const own = attendWeights(attention, before(attentionNorm, x, config), config, context);
  const { memory, memoryMask: mask } = context;
  if (cross === undefined || crossNorm === undefined || memory === undefined) return { own };
  const read = before(crossNorm, joinedX, config);
  return { own, cross: attendWeights(cross, read, config, { mask, context: memory }) };
};

const fed = (
  { mlp, mlpNorm }: BlockParams,
  x: Tensor,
  config: BlockConfig,
  valid: Tensor | undefined,
  key: Key | undefined,
): BlockResult => {
  const options = { valid, dropout: config.dropout, key };
  const { y, routing } = feedForward(mlp, before(mlpNorm, x, config), config, options);
  const next = joined(mlpNorm, x, y, config);
  return routing === undefined ? { x: next } : { x: next, routing };
};

const entered = (x: Tensor, { enter }: BlockContext): Tensor =>
  enter === undefined ? x : enter(x);

/** One block of a Transformer: x (..., T, C) gives (..., T, C). */
export const applyBlock = (
  params: BlockParams,
  sequence: Tensor,
  config: BlockConfig,
  context: BlockContext,
): BlockResult => {
  const { key, mask, rope, bias, values, valid } = context;
  const keys = optionalKeys(key, 3);
  const { attentionNorm: norm } = params;
  const x = entered(sequence, context);
  const options = { mask, rope, bias, values, key: keys[0] };
  const y = attend(params.attention, before(norm, x, config), config, options);
  const seen = joined(norm, x, y, config);
  const result = fed(
    params,
    crossed(params, seen, config, context, keys[1]),
    config,
    valid,
    keys[2],
  );
  return context.watched === true
    ? { ...result, weights: watch(params, x, seen, config, context) }
    : result;
};

/** A block for the tokens that follow those in its cache. */
export const applyCachedBlock = (
  params: BlockParams,
  cache: KvCache,
  sequence: Tensor,
  config: BlockConfig,
  context: BlockContext,
): readonly [Tensor, KvCache] => {
  const { attentionNorm: norm } = params;
  const x = entered(sequence, context);
  const [y, next] = attendCached(params.attention, cache, before(norm, x, config), config, context);
  const h = crossed(params, joined(norm, x, y, config), config, context, undefined);
  return [fed(params, h, config, context.valid, undefined).x, next];
};

/** What comes out of all blocks. */
export type BlocksResult = {
  readonly x: Tensor;
  readonly routings: readonly Routing[];
  /** Of each layer, where they are wanted. */
  readonly weights: readonly BlockWeights[];
  /** The sequence after each layer, where it is wanted. */
  readonly states: readonly Tensor[];
};

/** Blocks one after the other; `contextOf` gives what each layer is given, `collected` asks for the sequence after each. */
export const applyBlocks = (
  blocks: readonly BlockParams[],
  x: Tensor,
  config: BlockConfig,
  contextOf: (layer: number) => BlockContext,
  key?: Key,
  collected = false,
): BlocksResult => {
  const keys = optionalKeys(key, blocks.length);
  const routings: Routing[] = [];
  const weights: BlockWeights[] = [];
  const states: Tensor[] = [];
  let h = x;
  for (const [layer, params] of blocks.entries()) {
    const result = applyBlock(params, h, config, { ...contextOf(layer), key: keys[layer] });
    h = result.x;
    if (collected) states.push(h);
    if (result.routing !== undefined) routings.push(result.routing);
    if (result.weights !== undefined) weights.push(result.weights);
  }
  return { x: h, routings, weights, states };
};

/**
 * Blocks for the tokens that follow those in their caches, one cache a layer. Throws ShapeError, named after `operation`, for fewer
 * or more caches, and for those of stacks.
 */
export const applyCachedBlocks = (
  operation: string,
  blocks: readonly BlockParams[],
  caches: readonly KvCache[],
  x: Tensor,
  config: BlockConfig,
  contextOf: (layer: number) => BlockContext,
): readonly [Tensor, readonly KvCache[]] => {
  let h = x;
  const next = blocks.map((params, layer) => {
    const cache = caches[layer];
    const isStacked = cache !== undefined && cache.length.rank !== 0;
    if (cache === undefined || caches.length !== blocks.length || isStacked)
      throw new ShapeError({
        operation,
        rule: `needs a cache for each of ${blocks.length} layers`,
        got: `${caches.length}${isStacked ? " of stacks" : ""}`,
        fix: `make it with ${operation}.cache(config, ...)`,
      });
    // all layers hold the same tokens: told so, a compiler finds out once which of them are seen
    const { valid, length } = caches[0] ?? cache;
    const [y, longer] = applyCachedBlock(
      params,
      { ...cache, valid, length },
      h,
      config,
      contextOf(layer),
    );
    h = y;
    return longer;
  });
  return [h, next];
};
