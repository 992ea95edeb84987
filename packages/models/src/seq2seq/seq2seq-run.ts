import { arange, scan, ShapeError, type Tensor } from "@adjoint/core";
import type { Key } from "@adjoint/core/random";
import {
  type ContextHeads,
  dropout,
  embedding,
  linear,
  type Mask,
  masks,
  type MultiHeadAttentionParams,
  relativeBias,
  sinusoidal,
} from "@adjoint/nn";
import { contextHeads } from "../block/attend.ts";
import { applyAnyBlocks, applyStacks } from "../block/block-stack.ts";
import { applyNorm } from "../block/norm.ts";
import {
  applyBlocks,
  type BlockContext,
  type BlockParams,
  type BlocksResult,
  type BlockWeights,
} from "../block/transformer-block.ts";
import { optionalKeys } from "../internal/optional-keys.ts";
import { trusted } from "../internal/trusted.ts";
import type { Seq2SeqConfig } from "./seq2seq-config.ts";
import type { AnySeq2SeqParams, Memory, SideParams } from "./seq2seq-params.ts";
import { checkSeq2Seq } from "./seq2seq-shape.ts";

/** Settings of reading a source. */
export type EncodeOptions = {
  /** bool (..., S): which tokens of the source are no padding; all when absent. */
  readonly sourceValid?: Tensor | undefined;
  /** Training: decides what dropout drops. */
  readonly key?: Key | undefined;
};

/** int32 places 0, 1, 2, … */
export const range = (length: number): Tensor => arange(length, { dtype: "int32" });

/** How many tokens a sequence has. */
export const lengthOf = (ids: Tensor): number => ids.shape.at(-1) ?? 0;

/** Tokens with their places, where these are waves. */
export const embed = (
  { wte }: AnySeq2SeqParams,
  ids: Tensor,
  places: Tensor,
  { positions, embeddingScale, nEmbd }: Seq2SeqConfig,
): Tensor => {
  const plain = embedding.apply(wte, ids);
  const x = embeddingScale === 1 ? plain : plain.mul(embeddingScale);
  return positions.kind === "sinusoidal" ? x.add(sinusoidal(places, { features: nEmbd })) : x;
};

/** The bias of attention where places are relative. */
export const biasOf = (
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

/** What a side ends with. */
export const ended = (
  { finalNorm }: Pick<SideParams, "finalNorm">,
  x: Tensor,
  config: Seq2SeqConfig,
): Tensor => (finalNorm === undefined ? x : applyNorm(finalNorm, x, config));

/** Scores of every token. */
export const scored = (
  { head, wte }: AnySeq2SeqParams,
  hidden: Tensor,
  { headScale }: Seq2SeqConfig,
): Tensor => {
  const x = headScale === 1 ? hidden : hidden.mul(headScale);
  return head === undefined ? embedding.attend(wte, x) : linear.apply(head, x);
};

/** Keys and values of the memory, of stacks or of layers; ShapeError for the other. */
export const headsOf = ({ heads, vectors }: Memory, stacked: boolean): Memory["heads"] => {
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

/** Which of the source is seen. */
export const memoryMaskOf = ({ valid }: Memory): Mask | undefined =>
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
export const encoderConfig = (config: Seq2SeqConfig): Seq2SeqConfig => ({
  ...config,
  nLayer: config.encoderLayers,
});

/** The source for the decoder, and where its tokens looked. */
export type Encoded = { readonly memory: Memory; readonly weights: readonly BlockWeights[] };

/** Reads the source; `watched` asks where its tokens look. */
export const encode = (
  params: AnySeq2SeqParams,
  source: Tensor,
  config: Seq2SeqConfig,
  { sourceValid: valid, key }: EncodeOptions,
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

/** Runs the decoder over a target; `watched` asks where its tokens look. */
export const decode = (
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
