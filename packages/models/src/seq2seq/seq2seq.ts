import { arange, type Tensor } from "@adjoint/core";
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
  masks,
  normalInit,
  relativeBias,
  type RelativeBiasParams,
  sinusoidal,
} from "@adjoint/nn";
import { contextHeads } from "../block/attend.ts";
import { applyNorm, initNorm, type NormParams } from "../block/norm.ts";
import {
  applyBlocks,
  applyCachedBlocks,
  type BlockContext,
  type BlockParams,
  initBlocks,
} from "../block/transformer-block.ts";
import { checkSeq2SeqConfig, type Seq2SeqConfig } from "./seq2seq-config.ts";
import { checkSeq2Seq } from "./seq2seq-shape.ts";
import { checkIds } from "../internal/check-ids.ts";
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
  /** Keys and values (..., K, S, D) of each layer's cross attention, so that they are made once; made from the vectors when absent. */
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
    params: Seq2SeqParams,
    source: Tensor,
    config: Seq2SeqConfig,
    options?: Seq2SeqOptions,
  ) => Memory;
  /** Scores (..., T, V) of the token after each of the target (..., T). */
  readonly decode: (
    params: Seq2SeqParams,
    memory: Memory,
    target: Tensor,
    config: Seq2SeqConfig,
    key?: Key,
  ) => Tensor;
  /** Both: `target` begins with the start token, and its scores are those of the tokens after. */
  readonly apply: (
    params: Seq2SeqParams,
    source: Tensor,
    target: Tensor,
    config: Seq2SeqConfig,
    options?: Seq2SeqOptions,
  ) => Tensor;
  /** Mean cross entropy of `labels` (..., T). */
  readonly loss: (
    params: Seq2SeqParams,
    source: Tensor,
    target: Tensor,
    labels: Tensor,
    config: Seq2SeqConfig,
    options?: Seq2SeqOptions & CrossEntropyOptions,
  ) => Tensor;
  /** An empty cache for targets with these leading axes, of at most `capacity` tokens. */
  readonly cache: (
    config: Seq2SeqConfig,
    size: { readonly lead?: readonly number[]; readonly capacity: number },
  ) => readonly KvCache[];
  /** As `decode`, for tokens (..., T) that follow those in the cache. */
  readonly decodeCached: (
    params: Seq2SeqParams,
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
  { wte }: Seq2SeqParams,
  ids: Tensor,
  places: Tensor,
  { positions, embeddingScale, nEmbd }: Seq2SeqConfig,
): Tensor => {
  const plain = embedding.apply(wte, ids);
  const x = embeddingScale === 1 ? plain : plain.mul(embeddingScale);
  return positions.kind === "sinusoidal" ? x.add(sinusoidal(places, { features: nEmbd })) : x;
};

const biasOf = (
  { bias }: SideParams,
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

const ended = ({ finalNorm }: SideParams, x: Tensor, config: Seq2SeqConfig): Tensor =>
  finalNorm === undefined ? x : applyNorm(finalNorm, x, config);

const scored = (
  { head, wte }: Seq2SeqParams,
  hidden: Tensor,
  { headScale }: Seq2SeqConfig,
): Tensor => {
  const x = headScale === 1 ? hidden : hidden.mul(headScale);
  return head === undefined ? embedding.attend(wte, x) : linear.apply(head, x);
};

const memoryContext = ({ vectors, heads, valid }: Memory, layer: number): BlockContext => ({
  memory: heads?.[layer] ?? vectors,
  memoryMask: valid === undefined ? undefined : masks.padding(valid),
});

/** The source for the decoder, with the keys and values that every token of the target reads. */
const remembered = (
  { decoder: { blocks } }: Seq2SeqParams,
  vectors: Tensor,
  valid: Tensor | undefined,
  config: Seq2SeqConfig,
): Memory => ({
  vectors,
  heads: blocks.flatMap(({ cross }) =>
    cross === undefined ? [] : [contextHeads(cross, vectors, config)],
  ),
  valid,
});

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
  encode: (params, source, config, { sourceValid: valid, key } = {}) => {
    checkSeq2Seq(params, config);
    const places = range(lengthOf(source));
    const [forEmbedding, forBlocks] = optionalKeys(key, 2);
    const dropping = { dropout: config.dropout, key: forEmbedding };
    const x = dropout(embed(params, source, places, config), dropping);
    const bias = biasOf(params.encoder, places, places, config, true);
    const mask = valid === undefined ? undefined : masks.padding(valid);
    const result = applyBlocks(
      params.encoder.blocks,
      x,
      config,
      () => ({ mask, bias, valid }),
      forBlocks,
    );
    return remembered(params, ended(params.encoder, result.x, config), valid, config);
  },
  decode: (params, memory, target, config, key) => {
    checkSeq2Seq(params, config);
    const places = range(lengthOf(target));
    const [forEmbedding, forBlocks] = optionalKeys(key, 2);
    const dropping = { dropout: config.dropout, key: forEmbedding };
    const x = dropout(embed(params, target, places, config), dropping);
    const bias = biasOf(params.decoder, places, places, config, false);
    const contextOf = (layer: number): BlockContext => ({
      mask: masks.causal,
      bias,
      ...memoryContext(memory, layer),
    });
    const result = applyBlocks(params.decoder.blocks, x, config, contextOf, forBlocks);
    return scored(params, ended(params.decoder, result.x, config), config);
  },
  apply: (params, source, target, config, options = {}) => {
    const { key } = options;
    const [forEncoder, forDecoder] = optionalKeys(key, 2);
    const memory = seq2seq.encode(params, source, config, { ...options, key: forEncoder });
    return seq2seq.decode(params, memory, target, config, forDecoder);
  },
  loss: (params, source, target, labels, config, options) =>
    crossEntropy(seq2seq.apply(params, source, target, config, options), labels, options),
  cache: ({ nLayer, nKvHead, headDim }, size) =>
    Array.from({ length: nLayer }, () => kvCache({ ...size, nKvHead, headDim })),
  decodeCached: (params, memory, cache, target, config) => {
    checkSeq2Seq(params, config);
    const [first] = cache;
    const { blocks } = params.decoder;
    const start = first?.length ?? 0;
    const places = range(lengthOf(target)).add(start);
    const keys = range(first?.k.shape.at(-2) ?? 0);
    const bias = biasOf(params.decoder, places, keys, config, false);
    const contextOf = (layer: number): BlockContext => ({
      mask: masks.causal,
      bias,
      ...memoryContext(memory, layer),
    });
    const x = embed(params, target, places, config);
    const [y, next] = applyCachedBlocks("seq2seq", blocks, cache, x, config, contextOf);
    return [scored(params, ended(params.decoder, y, config), config), next];
  },
};
