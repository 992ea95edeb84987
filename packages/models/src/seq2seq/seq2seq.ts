import type { Tensor } from "@adjoint/core";
import { type Key, splitTuple } from "@adjoint/core/random";
import {
  crossEntropy,
  type CrossEntropyOptions,
  embedding,
  type KvCache,
  kvCache,
  linear,
  masks,
  normalInit,
  relativeBias,
} from "@adjoint/nn";
import { applyCachedStacks } from "../block/block-stack.ts";
import { initNorm } from "../block/norm.ts";
import { lengthOfCaches, stackBlocks, stackedCache, unstackBlocks } from "../block/stack-blocks.ts";
import { applyCachedBlocks, type BlockContext, initBlocks } from "../block/transformer-block.ts";
import { checkIds } from "../internal/check-ids.ts";
import { optionalKeys } from "../internal/optional-keys.ts";
import { checkSeq2SeqConfig, type Seq2SeqConfig } from "./seq2seq-config.ts";
import type {
  AnySeq2SeqParams,
  Memory,
  Seq2SeqParams,
  SideParams,
  StackedSeq2SeqParams,
} from "./seq2seq-params.ts";
import {
  biasOf,
  decode,
  embed,
  encode,
  type EncodeOptions,
  encoderConfig,
  ended,
  headsOf,
  lengthOf,
  memoryMaskOf,
  range,
  scored,
} from "./seq2seq-run.ts";
import { checkSeq2Seq } from "./seq2seq-shape.ts";

/** Weights (..., H, T, S) of each layer's attention: of the source to itself, of the target to itself and to the source. */
export type Seq2SeqAttention = {
  readonly encoder: readonly Tensor[];
  readonly decoder: readonly Tensor[];
  readonly cross: readonly Tensor[];
};

/** Settings of one call. */
export type Seq2SeqOptions = EncodeOptions;

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
      encoder: stackBlocks("seq2seq.stack", encoder, encoderConfig(config)),
      decoder: stackBlocks("seq2seq.stack", decoder, config),
    };
  },
  unstack: ({ encoder, decoder, ...rest }) => ({
    ...rest,
    encoder: unstackBlocks("seq2seq.unstack", encoder),
    decoder: unstackBlocks("seq2seq.unstack", decoder),
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
