import { arange, scan, ShapeError, type Tensor } from "@adjoint/core";
import { type Key, splitTuple } from "@adjoint/core/random";
import {
  type ContextHeads,
  crossEntropy,
  type CrossEntropyOptions,
  dropout,
  embedding,
  type EmbeddingParams,
  type KvCache,
  kvCache,
  linear,
  type LinearParams,
  type Mask,
  masks,
  type MultiHeadAttentionParams,
  normalInit,
  relativeBias,
  type RelativeBiasParams,
  sinusoidal,
} from "@adjoint/nn";
import { contextHeads } from "../block/attend.ts";
import { applyAnyBlocks, applyCachedStacks, applyStacks } from "../block/block-stack.ts";
import {
  lengthOfCaches,
  stackBlocks,
  type Stacked,
  stackedCache,
  unstackBlocks,
} from "../block/stack-blocks.ts";
import { applyNorm, initNorm, type NormParams } from "../block/norm.ts";
import {
  applyBlocks,
  applyCachedBlocks,
  type BlockContext,
  type BlockParams,
  type BlocksResult,
  type BlockWeights,
  initBlocks,
} from "../block/transformer-block.ts";
import { checkSeq2SeqConfig, type Seq2SeqConfig } from "./seq2seq-config.ts";
import { checkSeq2Seq } from "./seq2seq-shape.ts";
import { checkIds } from "../internal/check-ids.ts";
import { trusted } from "../internal/trusted.ts";
import { optionalKeys } from "../internal/optional-keys.ts";

/** Parameters of one side. */
export type SideParams = {
  readonly blocks: readonly BlockParams[];
  readonly finalNorm?: NormParams;
  /** For relative places: the bias of each bucket of distances, shared by all layers. */
  readonly bias?: RelativeBiasParams;
};

/** Parameters of `seq2seq`. */
export type Seq2SeqParams = {
  /** Token embedding (V, C) of both sides. */
  readonly wte: EmbeddingParams;
  readonly encoder: SideParams;
  readonly decoder: SideParams;
  /** Kernel (C, V) of the head when it is not tied. */
  readonly head?: LinearParams;
};

/** One side with equal layers put together. */
export type StackedSideParams = Stacked<SideParams>;

/** The same with equal layers put together, as `seq2seq.stack` makes it: what is traced does not grow with depth. */
export type StackedSeq2SeqParams = Omit<Seq2SeqParams, "encoder" | "decoder"> & {
  readonly encoder: StackedSideParams;
  readonly decoder: StackedSideParams;
};

/** Parameters layer by layer, or stacked. */
export type AnySeq2SeqParams = Seq2SeqParams | StackedSeq2SeqParams;

/** Weights (..., H, T, S) of each layer's attention: of the source to itself, of the target to itself and to the source. */
export type Seq2SeqAttention = {
  readonly encoder: readonly Tensor[];
  readonly decoder: readonly Tensor[];
  readonly cross: readonly Tensor[];
};

/** Settings of one call. */
export type Seq2SeqOptions = {
  /** bool (..., S): which tokens of the source are no padding; all when absent. */
  readonly sourceValid?: Tensor | undefined;
  /** Training: decides what dropout drops. */
  readonly key?: Key | undefined;
};

/**
 * What the decoder reads of the source. Where there are heads the decoder reads them alone: who changes the vectors leaves the old
 * heads out, `{ vectors: changed, valid }`, and they are made anew.
 */
export type Memory = {
  /** (..., S, C). */
  readonly vectors: Tensor;
  /**
   * Keys and values (..., K, S, D) of each layer's cross attention, so that they are made once, with an axis of layers before for each
   * stack; made from the vectors when absent.
   */
  readonly heads?: readonly ContextHeads[];
  /** bool (..., S). */
  readonly valid?: Tensor | undefined;
};

/** The type of `seq2seq`. */
export type Seq2Seq = {
  readonly init: (key: Key, config: Seq2SeqConfig) => Seq2SeqParams;
  /** As `decoder.check`, for ids of the source or the target. */
  readonly check: (ids: Tensor, config: Seq2SeqConfig) => Promise<void>;
  /** The source int32 (..., S) as vectors (..., S, C), with the decoder's keys and values of them. */
  readonly encode: (
    params: AnySeq2SeqParams,
    source: Tensor,
    config: Seq2SeqConfig,
    options?: Seq2SeqOptions,
  ) => Memory;
  /** Scores (..., T, V) of the token after each of the target (..., T). */
  readonly decode: (
    params: AnySeq2SeqParams,
    memory: Memory,
    target: Tensor,
    config: Seq2SeqConfig,
    key?: Key,
  ) => Tensor;
  /** Both: `target` begins with the start token, and its scores are those of the tokens after. */
  readonly apply: (
    params: AnySeq2SeqParams,
    source: Tensor,
    target: Tensor,
    config: Seq2SeqConfig,
    options?: Seq2SeqOptions,
  ) => Tensor;
  /** Where the tokens of both sides look, as `decoder.attention`. */
  readonly attention: (
    params: AnySeq2SeqParams,
    source: Tensor,
    target: Tensor,
    config: Seq2SeqConfig,
    options?: Omit<Seq2SeqOptions, "key">,
  ) => Seq2SeqAttention;
  /** Parameters with equal layers put together, which all functions here take too, as `decoder.stack`. */
  readonly stack: (params: Seq2SeqParams, config: Seq2SeqConfig) => StackedSeq2SeqParams;
  /** Parameters layer by layer again, as `saveParams` takes them. */
  readonly unstack: (params: StackedSeq2SeqParams) => Seq2SeqParams;
  /** Mean cross entropy of `labels` (..., T). */
  readonly loss: (
    params: AnySeq2SeqParams,
    source: Tensor,
    target: Tensor,
    labels: Tensor,
    config: Seq2SeqConfig,
    options?: Seq2SeqOptions & CrossEntropyOptions,
  ) => Tensor;
  /** An empty cache for targets with these leading axes, of at most `capacity` tokens. */
  readonly cache: (
    config: Seq2SeqConfig,
    size: {
      readonly lead?: readonly number[];
      readonly capacity: number;
      /** Whether it is for stacked parameters; false when absent. */
      readonly stacked?: boolean;
    },
  ) => readonly KvCache[];
  /** As `decode`, for tokens (..., T) that follow those in the cache. */
  readonly decodeCached: (
    params: AnySeq2SeqParams,
    memory: Memory,
    cache: readonly KvCache[],
    target: Tensor,
    config: Seq2SeqConfig,
  ) => readonly [Tensor, readonly KvCache[]];
};

const range = (length: number): Tensor => arange(length, { dtype: "int32" });

const lengthOf = (ids: Tensor): number => ids.shape.at(-1) ?? 0;

/** Tokens with their places, where these are waves. */
const embed = (
  { wte }: AnySeq2SeqParams,
  ids: Tensor,
  places: Tensor,
  { positions, embeddingScale, nEmbd }: Seq2SeqConfig,
): Tensor => {
  const plain = embedding.apply(wte, ids);
  const x = embeddingScale === 1 ? plain : plain.mul(embeddingScale);
  return positions.kind === "sinusoidal" ? x.add(sinusoidal(places, { features: nEmbd })) : x;
};

const biasOf = (
  { bias }: Pick<SideParams, "bias">,
  queries: Tensor,
  keys: Tensor,
  { positions }: Seq2SeqConfig,
  bidirectional: boolean,
): Tensor | undefined =>
  bias === undefined || positions.kind !== "relative"
    ? undefined
    : relativeBias.apply(bias, queries, keys, {
        bidirectional,
        maxDistance: positions.maxDistance,
      });

const ended = (
  { finalNorm }: Pick<SideParams, "finalNorm">,
  x: Tensor,
  config: Seq2SeqConfig,
): Tensor => (finalNorm === undefined ? x : applyNorm(finalNorm, x, config));

const scored = (
  { head, wte }: AnySeq2SeqParams,
  hidden: Tensor,
  { headScale }: Seq2SeqConfig,
): Tensor => {
  const x = headScale === 1 ? hidden : hidden.mul(headScale);
  return head === undefined ? embedding.attend(wte, x) : linear.apply(head, x);
};

/** Keys and values of the memory, of stacks or of layers; ShapeError for the other. */
const headsOf = ({ heads, vectors }: Memory, stacked: boolean): Memory["heads"] => {
  const rank = vectors.rank + (stacked ? 2 : 1);
  const odd = heads?.find(({ k }) => k.rank !== rank);
  if (odd === undefined) return heads;
  throw new ShapeError({
    operation: "seq2seq",
    rule: `needs heads of rank ${rank} in the memory of ${stacked ? "stacked" : "unstacked"} parameters`,
    got: `[${odd.k.shape.join()}]`,
    fix: "encode with the same parameters, or give the memory without heads",
  });
};

const memoryMaskOf = ({ valid }: Memory): Mask | undefined =>
  valid === undefined ? undefined : masks.padding(valid);

/** Keys and values of each layer of a stack, with an axis of layers before. */
const stackedHeads = (
  { cross }: BlockParams,
  vectors: Tensor,
  config: Seq2SeqConfig,
): readonly ContextHeads[] => {
  if (cross === undefined) return [];
  const body = (x: Tensor, own: MultiHeadAttentionParams) =>
    [x, contextHeads(own, vectors, config)] as const;
  return [trusted<ContextHeads>(scan(body, vectors, cross)[1])];
};

/** The source for the decoder, with the keys and values that every token of the target reads. */
const remembered = (
  { decoder }: AnySeq2SeqParams,
  vectors: Tensor,
  valid: Tensor | undefined,
  config: Seq2SeqConfig,
): Memory => ({
  vectors,
  heads:
    "stacks" in decoder
      ? decoder.stacks.flatMap((stack) => stackedHeads(stack, vectors, config))
      : decoder.blocks.flatMap(({ cross }) =>
          cross === undefined ? [] : [contextHeads(cross, vectors, config)],
        ),
  valid,
});

/** The configuration of the encoder's blocks. */
const encoderConfig = (config: Seq2SeqConfig): Seq2SeqConfig => ({
  ...config,
  nLayer: config.encoderLayers,
});

type Encoded = { readonly memory: Memory; readonly weights: readonly BlockWeights[] };

const encode = (
  params: AnySeq2SeqParams,
  source: Tensor,
  config: Seq2SeqConfig,
  { sourceValid: valid, key }: Seq2SeqOptions,
  watched = false,
): Encoded => {
  checkSeq2Seq(params, config);
  const places = range(lengthOf(source));
  const [forEmbedding, forBlocks] = optionalKeys(key, 2);
  const dropping = { dropout: config.dropout, key: forEmbedding };
  const x = dropout(embed(params, source, places, config), dropping);
  const bias = biasOf(params.encoder, places, places, config, true);
  const mask = valid === undefined ? undefined : masks.padding(valid);
  const context = { mask, bias, valid, watched };
  const result = applyAnyBlocks(params.encoder, x, encoderConfig(config), context, forBlocks);
  const vectors = ended(params.encoder, result.x, config);
  return { memory: remembered(params, vectors, valid, config), weights: result.weights };
};

const decode = (
  params: AnySeq2SeqParams,
  memory: Memory,
  target: Tensor,
  config: Seq2SeqConfig,
  key: Key | undefined,
  watched = false,
): BlocksResult => {
  checkSeq2Seq(params, config);
  const places = range(lengthOf(target));
  const [forEmbedding, forBlocks] = optionalKeys(key, 2);
  const dropping = { dropout: config.dropout, key: forEmbedding };
  const x = dropout(embed(params, target, places, config), dropping);
  const bias = biasOf(params.decoder, places, places, config, false);
  const context = {
    mask: masks.causal,
    bias,
    memory: memory.vectors,
    memoryMask: memoryMaskOf(memory),
    watched,
  };
  const { decoder } = params;
  if ("stacks" in decoder) {
    const run = { config, windows: [], contextOf: () => context, memories: headsOf(memory, true) };
    return applyStacks(decoder.stacks, x, run, forBlocks);
  }
  const heads = headsOf(memory, false);
  const contextOf = (layer: number): BlockContext => ({
    ...context,
    memory: heads?.[layer] ?? memory.vectors,
  });
  return applyBlocks(decoder.blocks, x, config, contextOf, forBlocks);
};

const initSide = (
  key: Key,
  config: Seq2SeqConfig,
  layers: number,
  hasCross: boolean,
): SideParams => {
  const [forBlocks, forBias] = splitTuple(key, 2);
  const { positions, nHead, initStd, finalNorm } = config;
  return {
    blocks: initBlocks(forBlocks, { ...config, nLayer: layers }, hasCross),
    ...(finalNorm ? { finalNorm: initNorm(key, config) } : {}),
    ...(positions.kind === "relative"
      ? {
          bias: relativeBias.init(forBias, {
            nHead,
            buckets: positions.buckets,
            tableInit: normalInit(initStd),
          }),
        }
      : {}),
  };
};

/**
 * An encoder that reads the source in both directions and a decoder that writes the target: the Transformer of 2017
 * (`transformerConfig`) and T5 (`t5`).
 * @see https://arxiv.org/abs/1706.03762
 * @see https://arxiv.org/abs/1910.10683
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { key } from "@adjoint/core/random";
 * import { seq2seq, transformerConfig } from "@adjoint/models";
 * const config = transformerConfig({ vocabSize: 11, nEmbd: 16, nLayer: 2, nHead: 4 });
 * const params = seq2seq.init(key(0), config);
 * const source = tensor([[5, 6, 7, 8]], { dtype: "int32" });
 * const target = tensor([[1, 8, 7]], { dtype: "int32" });
 * seq2seq.apply(params, source, target, config).shape; // => [1, 3, 11]
 * ```
 */
export const seq2seq: Seq2Seq = {
  init: (key, config) => {
    checkSeq2SeqConfig("seq2seq.init", config);
    const { vocabSize, nEmbd, nLayer, encoderLayers, tiedHead, initStd } = config;
    const [forTokens, forEncoder, forDecoder, forHead] = splitTuple(key, 4);
    const tableInit = normalInit(initStd);
    const head = { inFeatures: nEmbd, outFeatures: vocabSize, useBias: false };
    return {
      wte: embedding.init(forTokens, { vocabSize, features: nEmbd, tableInit }),
      encoder: initSide(forEncoder, config, encoderLayers, false),
      decoder: initSide(forDecoder, config, nLayer, true),
      ...(tiedHead ? {} : { head: linear.init(forHead, { ...head, kernelInit: tableInit }) }),
    };
  },
  check: (ids, config) => checkIds("seq2seq.check", ids, config),
  encode: (params, source, config, options = {}) => encode(params, source, config, options).memory,
  decode: (params, memory, target, config, key) => {
    const { x } = decode(params, memory, target, config, key);
    return scored(params, ended(params.decoder, x, config), config);
  },
  apply: (params, source, target, config, options = {}) => {
    const { key } = options;
    const [forEncoder, forDecoder] = optionalKeys(key, 2);
    const memory = seq2seq.encode(params, source, config, { ...options, key: forEncoder });
    return seq2seq.decode(params, memory, target, config, forDecoder);
  },
  loss: (params, source, target, labels, config, options) =>
    crossEntropy(seq2seq.apply(params, source, target, config, options), labels, options),
  attention: (params, source, target, config, options = {}) => {
    const { memory, weights } = encode(params, source, config, options, true);
    const written = decode(params, memory, target, config, undefined, true).weights;
    return {
      encoder: weights.map(({ own }) => own),
      decoder: written.map(({ own }) => own),
      cross: written.flatMap(({ cross }) => (cross === undefined ? [] : [cross])),
    };
  },
  stack: (params, config) => {
    checkSeq2Seq(params, config);
    const { encoder, decoder } = params;
    return {
      ...params,
      encoder: stackBlocks(encoder, encoderConfig(config)),
      decoder: stackBlocks(decoder, config),
    };
  },
  unstack: ({ encoder, decoder, ...rest }) => ({
    ...rest,
    encoder: unstackBlocks(encoder),
    decoder: unstackBlocks(decoder),
  }),
  cache: (config, { lead = [], capacity, stacked = false }) => {
    const { nLayer, nKvHead, headDim } = config;
    const make = (axes: readonly number[]): KvCache =>
      kvCache({ lead: axes, capacity, nKvHead, headDim });
    return stacked
      ? stackedCache(config, lead, make)
      : Array.from({ length: nLayer }, () => make(lead));
  },
  decodeCached: (params, memory, cache, target, config) => {
    checkSeq2Seq(params, config);
    const { decoder } = params;
    const places = range(lengthOf(target)).add(lengthOfCaches(cache));
    const keys = range(cache[0]?.k.shape.at(-2) ?? 0);
    const bias = biasOf(decoder, places, keys, config, false);
    const memoryMask = memoryMaskOf(memory);
    const context = { mask: masks.causal, bias, memory: memory.vectors, memoryMask };
    const heads = headsOf(memory, "stacks" in decoder);
    const contextOf = (layer: number): BlockContext => ({
      ...context,
      memory: heads?.[layer] ?? memory.vectors,
    });
    const run = { config, windows: [], contextOf: () => context, memories: heads };
    const x = embed(params, target, places, config);
    const [y, next] =
      "stacks" in decoder
        ? applyCachedStacks("seq2seq", decoder.stacks, cache, x, run)
        : applyCachedBlocks("seq2seq", decoder.blocks, cache, x, config, contextOf);
    return [scored(params, ended(decoder, y, config), config), next];
  },
};
