import { arange, ArgumentError, ShapeError, tanh, type Tensor, zeros } from "@adjoint/core";
import { type Key, splitTuple } from "@adjoint/core/random";
import {
  crossEntropy,
  type CrossEntropyOptions,
  dropout,
  embedding,
  type KvCache,
  kvCache,
  linear,
  type Mask,
  masks,
  normalInit,
  type Routing,
} from "@adjoint/nn";
import { applyCachedStacks, applyStacks, type StackWindow } from "../block/block-stack.ts";
import { lengthOfCaches, stackedCache, unstackBlocks } from "../block/stack-blocks.ts";
import { applyNorm, initNorm } from "../block/norm.ts";
import {
  applyBlocks,
  applyCachedBlocks,
  type BlockContext,
  type BlocksResult,
  initBlocks,
} from "../block/transformer-block.ts";
import type { DecoderConfig } from "./decoder-config.ts";
import type { AnyDecoderParams, DecoderParams, StackedDecoderParams } from "./decoder-params.ts";
import { checkDecoderConfig } from "./decoder-schema.ts";
import { checkDecoder } from "./decoder-shape.ts";
import { ropeOf } from "./decoder-rope.ts";
import { positionsOf } from "./positions-of.ts";
import { stackParams } from "./decoder-stacks.ts";
import { initShortcuts, runShortcuts, smeared } from "./shortcuts.ts";
import { checkIds } from "../internal/check-ids.ts";
import { optionalKeys } from "../internal/optional-keys.ts";

/** Settings of one call. */
export type DecoderOptions = {
  /** What tokens may see besides causality, such as `masks.segments` for packed documents. */
  readonly mask?: Mask | undefined;
  /** bool (..., T): which tokens are no padding; all when absent. */
  readonly valid?: Tensor | undefined;
  /** int32 places of the tokens (..., T), or (T): where documents are packed or rows padded; default 0, 1, 2, … */
  readonly positionIds?: Tensor | undefined;
  /** Vectors (..., T, C) in place of the tokens' embeddings, such as patches of images in a text. */
  readonly vectors?: Tensor | undefined;
  /** Training: decides what dropout drops. */
  readonly key?: Key | undefined;
};

/** Settings of one call with a cache. */
export type CachedDecoderOptions = {
  /** bool (..., T): which of the new tokens are real; all when absent. Left padding is false in the first call. */
  readonly valid?: Tensor | undefined;
  /** As in `DecoderOptions`; default the places after those in the cache. */
  readonly positionIds?: Tensor | undefined;
  /** As in `DecoderOptions`. */
  readonly vectors?: Tensor | undefined;
};

/** Keys and values of earlier tokens, for each layer, or for each stack of layers. */
export type DecoderCache = readonly (KvCache & {
  /** Of the first layer, where tokens get some of the one before: what the last one has to give (..., 1, C). */
  readonly previous?: Tensor;
})[];

/** The type of `decoder`. */
export type Decoder = {
  readonly init: (key: Key, config: DecoderConfig) => DecoderParams;
  /** Rejects with ArgumentError unless all ids are tokens of the vocabulary, which all else here takes for granted; reads the ids. */
  readonly check: (ids: Tensor, config: DecoderConfig) => Promise<void>;
  /** Scores of the next token: int32 ids (..., T) give (..., T, V). */
  readonly apply: (
    params: AnyDecoderParams,
    ids: Tensor,
    config: DecoderConfig,
    options?: DecoderOptions,
  ) => Tensor;
  /** The sequence after the last norm: ids (..., T) give (..., T, C). */
  readonly hidden: (
    params: AnyDecoderParams,
    ids: Tensor,
    config: DecoderConfig,
    options?: DecoderOptions,
  ) => Tensor;
  /** The same, and for each layer with experts which ones the tokens went to, for `loadBalanceLoss` and `routerZLoss`. */
  readonly hiddenWithRouting: (
    params: AnyDecoderParams,
    ids: Tensor,
    config: DecoderConfig,
    options?: DecoderOptions,
  ) => { readonly hidden: Tensor; readonly routings: readonly Routing[] };
  /**
   * Where the tokens look, for looking at: the weights of each layer's attention (..., H, T, T), rows of which sum to 1. Throws
   * ArgumentError for attention through latent vectors.
   */
  readonly attention: (
    params: AnyDecoderParams,
    ids: Tensor,
    config: DecoderConfig,
    options?: Omit<DecoderOptions, "key">,
  ) => readonly Tensor[];
  /** Scores of every token from what `hidden` gives: (..., C) gives (..., V). */
  readonly logits: (params: AnyDecoderParams, hidden: Tensor, config: DecoderConfig) => Tensor;
  /** Mean cross entropy of targets (..., T); `ignoreIndex` is a target that does not count, and `mask` is what tokens see. */
  readonly loss: (
    params: AnyDecoderParams,
    ids: Tensor,
    targets: Tensor,
    config: DecoderConfig,
    options?: DecoderOptions & Omit<CrossEntropyOptions, "mask">,
  ) => Tensor;
  /**
   * An empty cache for sequences with these leading axes, of at most `capacity` tokens. Throws ArgumentError for a capacity beyond the
   * context where positions are learned, as there are no more of them.
   */
  readonly cache: (
    config: DecoderConfig,
    size: {
      readonly lead?: readonly number[];
      readonly capacity: number;
      /** Whether it is for stacked parameters; false when absent. */
      readonly stacked?: boolean;
    },
  ) => DecoderCache;
  /** As `apply`, for ids (..., T) that follow those in the cache: their scores, and the cache with them. */
  readonly applyCached: (
    params: AnyDecoderParams,
    cache: DecoderCache,
    ids: Tensor,
    config: DecoderConfig,
    options?: CachedDecoderOptions,
  ) => readonly [Tensor, DecoderCache];
  /**
   * Parameters with neighbouring equal layers put together, which all functions here take too: one scan runs them, so that
   * tracing and compiling take the same time for any depth. Throws ShapeError for more or fewer blocks than the configuration's.
   */
  readonly stack: (params: DecoderParams, config: DecoderConfig) => StackedDecoderParams;
  /** Parameters layer by layer again, as `saveParams` takes them. */
  readonly unstack: (params: StackedDecoderParams) => DecoderParams;
  /** Whether weight decay applies to a parameter: to matrices and embeddings, not to biases and norms. */
  readonly decays: (parameter: Tensor, path?: string) => boolean;
};

const checkLength = (ids: Tensor, { contextLength }: DecoderConfig): number => {
  const length = ids.shape.at(-1);
  if (length !== undefined && length <= contextLength) return length;
  throw new ShapeError({
    operation: "decoder",
    rule: `takes ids (..., T) with T at most the context length ${contextLength}`,
    got: `[${ids.shape.join()}]`,
    fix: "crop the ids",
  });
};

const checkCapacity = (capacity: number, { positions, contextLength }: DecoderConfig): void => {
  if (positions.kind === "rope" || capacity <= contextLength) return;
  throw new ArgumentError({
    operation: "decoder.cache",
    rule: `takes a capacity of at most the context length ${contextLength}, as positions are learned`,
    got: `${capacity}`,
    fix: "write fewer tokens, or start again from the last ones",
  });
};

const embed = (
  { wte, wpe }: AnyDecoderParams,
  ids: Tensor,
  positions: Tensor,
  config: DecoderConfig,
  vectors: Tensor | undefined,
): Tensor => {
  const plain = vectors ?? embedding.apply(wte, ids);
  const x = wpe === undefined ? plain : plain.add(embedding.apply(wpe, positions));
  return config.embeddingNorm === true ? applyNorm({}, x, config) : x;
};

/** Other keys than padding, where it is known. */
const seen = (mask: Mask | undefined, valid: Tensor | undefined): Mask | undefined => {
  if (valid === undefined) return mask;
  const real = masks.padding(valid);
  return mask === undefined ? real : masks.all(mask, real);
};

/** int32 places of queries (T) and keys (S) in the sequence. */
type Places = { readonly queries: Tensor; readonly keys: Tensor };

const range = (length: number): Tensor => arange(length, { dtype: "int32" });

const windowMask = (window: number | Tensor, placesOf: () => Places): Mask => {
  if (typeof window === "number") return masks.window(window);
  const { queries, keys } = placesOf();
  return masks.explicit(keys.greater(queries.expandDims(-1).sub(window)));
};

/** What a layer's tokens see. */
const maskOf = (window: StackWindow, mask: Mask | undefined, placesOf: () => Places): Mask => {
  const own = window === undefined ? [] : [windowMask(window, placesOf)];
  const list = [masks.causal, ...own, ...(mask === undefined ? [] : [mask])];
  return list.length === 1 ? masks.causal : masks.all(...list);
};

const cropped = (scores: Tensor, count: number): Tensor =>
  scores.shape.at(-1) === count
    ? scores
    : scores.slice(
        scores.shape.map(() => 0),
        [...scores.shape.slice(0, -1), count],
      );

const needPrevious = (previous: Tensor | undefined): Tensor => {
  if (previous !== undefined) return previous;
  throw new ArgumentError({
    operation: "decoder",
    rule: "needs a cache with the last token for a model that smears",
    got: "one without",
    fix: "make it with decoder.cache(config, ...)",
  });
};

/** The same caches, the first with what the last token has to give. */
const withPrevious = (caches: DecoderCache, previous: Tensor | undefined): DecoderCache =>
  previous === undefined
    ? caches
    : caches.map((cache, i) => (i === 0 ? { ...cache, previous } : cache));

/** What comes out of all blocks, and the sequence after the last norm. */
type Run = BlocksResult & { readonly hidden: Tensor };

const run = (
  params: AnyDecoderParams,
  ids: Tensor,
  config: DecoderConfig,
  { mask, positionIds, valid, vectors, key }: DecoderOptions,
  watched = false,
): Run => {
  checkDecoder(params, config);
  const places = range(checkLength(ids, config));
  const positions = positionsOf(positionIds, places);
  const [forEmbedding, forBlocks] = optionalKeys(key, 2);
  const dropping = { dropout: config.dropout, key: forEmbedding };
  const rope = ropeOf(config, positions);
  const others = seen(mask, valid);
  const contextOf = (window: StackWindow): BlockContext => ({
    mask: maskOf(window, others, () => ({ queries: places, keys: places })),
    rope,
    valid,
    watched,
  });
  const x = dropout(embed(params, ids, positions, config, vectors), dropping);
  const { windows } = config;
  if ("stacks" in params) {
    const result = applyStacks(params.stacks, x, { config, windows, contextOf }, forBlocks);
    return { ...result, hidden: applyNorm(params.finalNorm, result.x, config) };
  }
  const { shortcuts = {} } = params;
  const first = shortcuts.smear === undefined ? x : smeared(shortcuts.smear, x, valid).x;
  const own = runShortcuts(shortcuts, ids, first, config);
  const ofLayer = (i: number): BlockContext => ({ ...contextOf(windows[i]), ...own.contextOf(i) });
  const result = applyBlocks(params.blocks, first, config, ofLayer, forBlocks);
  return { ...result, hidden: applyNorm(params.finalNorm, own.leave(result.x), config) };
};

/**
 * The decoder of GPT-2, Llama and their kin: token embedding, pre-norm blocks of attention and MLP, a final norm, scores. What
 * tells them apart is the configuration, plain data; `gpt2`, `llama`, `qwen3` and `mistral` read it from Hugging Face's files.
 * Throws ShapeError for sequences longer than the context length, and for parameters that are not those of the configuration: TreeError
 * for what is missing or too much, ShapeError for another shape, DTypeError for integers, with the path. Parameters and a configuration are
 * checked when they first meet: both are values, and what is written into them later is not seen. Ids are data and cannot throw while compiled: one outside the
 * vocabulary counts as the nearest inside it, which `decoder.check` refuses before.
 * @see https://github.com/huggingface/transformers/tree/main/src/transformers/models
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { key } from "@adjoint/core/random";
 * import { decoder, decoderConfig } from "@adjoint/models";
 * const config = decoderConfig({ vocabSize: 11, contextLength: 8, nEmbd: 16, nLayer: 2, nHead: 4, nKvHead: 2 });
 * const params = decoder.init(key(0), config);
 * const ids = tensor([[1, 2, 3]], { dtype: "int32" });
 * decoder.apply(params, ids, config).shape; // => [1, 3, 11]
 *
 * const [logits, cache] = decoder.applyCached(params, decoder.cache(config, { lead: [1], capacity: 8 }), ids, config);
 * [logits.shape, cache.length]; // => [[1, 3, 11], 2]
 * ```
 */
export const decoder: Decoder = {
  init: (key, config) => {
    checkDecoderConfig("decoder.init", config);
    const { vocabSize, vocabRows = vocabSize, contextLength, nEmbd, positions } = config;
    const { tiedHead, initStd, shortcuts } = config;
    const [forTokens, forPositions, forBlocks, forHead] = splitTuple(key, 4);
    const tableInit = normalInit(initStd);
    const head = { inFeatures: nEmbd, outFeatures: vocabRows, useBias: false };
    return {
      wte: embedding.init(forTokens, { vocabSize: vocabRows, features: nEmbd, tableInit }),
      ...(positions.kind === "rope"
        ? {}
        : {
            wpe: embedding.init(forPositions, {
              vocabSize: contextLength,
              features: nEmbd,
              tableInit,
            }),
          }),
      blocks: initBlocks(forBlocks, config),
      ...(shortcuts === undefined ? {} : { shortcuts: initShortcuts(forHead, config) }),
      finalNorm: initNorm(key, config),
      ...(tiedHead ? {} : { head: linear.init(forHead, { ...head, kernelInit: tableInit }) }),
    };
  },
  check: (ids, config) => checkIds("decoder.check", ids, config),
  hidden: (params, ids, config, options) =>
    decoder.hiddenWithRouting(params, ids, config, options).hidden,
  hiddenWithRouting: (params, ids, config, options = {}) => {
    const { hidden, routings } = run(params, ids, config, options);
    return { hidden, routings };
  },
  attention: (params, ids, config, options = {}) =>
    run(params, ids, config, options, true).weights.map(({ own }) => own),
  logits: (params, hidden, config) => {
    checkDecoder(params, config);
    const { head, wte } = params;
    const { logitCap: cap, vocabSize } = config;
    const all = head === undefined ? embedding.attend(wte, hidden) : linear.apply(head, hidden);
    const scores = cropped(all, vocabSize);
    return cap === undefined ? scores : tanh(scores.div(cap)).mul(cap);
  },
  apply: (params, ids, config, options) =>
    decoder.logits(params, decoder.hidden(params, ids, config, options), config),
  loss: (params, ids, targets, config, options = {}) => {
    const { mask: _, ...counting } = options; // what tokens see is not which losses count
    return crossEntropy(decoder.apply(params, ids, config, options), targets, counting);
  },
  cache: (config, { stacked = false, lead = [], capacity }) => {
    checkCapacity(capacity, config);
    const { nLayer, nKvHead, headDim, latent } = config;
    const heads =
      latent === undefined
        ? { nKvHead, headDim }
        : { nKvHead: 1, headDim: latent.kvRank, valueDim: latent.ropeDim };
    const make = (axes: readonly number[]): KvCache => kvCache({ lead: axes, capacity, ...heads });
    if (stacked) return stackedCache(config, lead, make);
    const layers = Array.from({ length: nLayer }, () => make(lead));
    const hasSmear = config.shortcuts?.smearGate !== undefined;
    return withPrevious(layers, hasSmear ? zeros([...lead, 1, config.nEmbd]) : undefined);
  },
  applyCached: (params, cache, ids, config, { valid, positionIds, vectors } = {}) => {
    checkDecoder(params, config);
    const start = lengthOfCaches(cache);
    const places = range(checkLength(ids, config)).add(start);
    const positions = positionsOf(positionIds, places);
    const turn = ropeOf(config, positions);
    const x = embed(params, ids, positions, config, vectors);
    const placesOf = (): Places => ({
      queries: places,
      keys: range(cache[0]?.k.shape.at(-2) ?? 0),
    });
    const contextOf = (window: StackWindow): BlockContext => ({
      mask: maskOf(window, undefined, placesOf),
      rope: turn,
      valid,
    });
    const { windows } = config;
    const scored = (y: Tensor): Tensor =>
      decoder.logits(params, applyNorm(params.finalNorm, y, config), config);
    if ("stacks" in params) {
      const [y, next] = applyCachedStacks("decoder", params.stacks, cache, x, {
        config,
        windows,
        contextOf,
      });
      return [scored(y), next];
    }
    const { shortcuts = {} } = params;
    const [own] = cache;
    const smear =
      shortcuts.smear === undefined
        ? undefined
        : smeared(shortcuts.smear, x, valid, needPrevious(own?.previous));
    const first = smear?.x ?? x;
    const run = runShortcuts(shortcuts, ids, first, config);
    const ofLayer = (i: number): BlockContext => ({
      ...contextOf(windows[i]),
      ...run.contextOf(i),
    });
    const [y, next] = applyCachedBlocks("decoder", params.blocks, cache, first, config, ofLayer);
    return [scored(run.leave(y)), withPrevious(next, smear?.previous)];
  },
  stack: stackParams,
  unstack: (params) => unstackBlocks("decoder.unstack", params),
  decays: ({ rank }, path = "") => (/(^|\.)stacks\b/.test(path) ? rank - 1 : rank) >= 2,
};
