import { scan, ShapeError, type Tensor } from "@adjoint/core";
import { type Key, split, splitTuple } from "@adjoint/core/random";
import { normalInit } from "../init/initializer.ts";
import { activationNamed } from "../activations/named.ts";
import { block, type BlockOptions, type BlockParams } from "../layers/block.ts";
import { dropout } from "../layers/dropout.ts";
import { embedding, type EmbeddingParams } from "../layers/embedding.ts";
import type { Layer } from "../layers/layer.ts";
import { layerNorm, type LayerNormParams } from "../layers/layer-norm.ts";
import { linear, type LinearParams } from "../layers/linear.ts";
import { crossEntropy, type CrossEntropyOptions } from "../losses/cross-entropy.ts";
import { stackLayers } from "../params/stack-layers.ts";
import { checkGpt } from "./check-gpt.ts";
import type { GptConfig } from "./gpt-config.ts";

/** Parameters of `gpt`. */
export type GptParams = {
  /** Token embedding (V, C). */
  readonly wte: EmbeddingParams;
  /** Position embedding (blockSize, C). */
  readonly wpe: EmbeddingParams;
  /** One tree for each block, or, with `scanBlocks`, one tree whose tensors have a leading axis of length nLayer. */
  readonly blocks: readonly BlockParams[] | BlockParams;
  /** Norm after the last block. */
  readonly lnFinal: LayerNormParams;
  /** Kernel (C, V) of the head when it is not tied. */
  readonly head?: LinearParams;
};

/** Settings of `gpt.apply`: the configuration, and a key when training with dropout. */
export type GptApplyOptions = GptConfig & { readonly key?: Key | undefined };

/** The type of `gpt`. */
export type Gpt = Layer<GptConfig, GptParams, [options: GptApplyOptions]> & {
  /** The sequence after the last norm: ids (..., T) give (..., T, C). */
  readonly hidden: (params: GptParams, ids: Tensor, options: GptApplyOptions) => Tensor;
  /** Scores of every token from what `hidden` gives: (..., C) gives (..., V). */
  readonly logits: (params: GptParams, hidden: Tensor) => Tensor;
  /** Mean cross entropy of the next tokens: ids (..., T) and targets (..., T) give a scalar. */
  readonly loss: (
    params: GptParams,
    ids: Tensor,
    targets: Tensor,
    options: GptApplyOptions & CrossEntropyOptions,
  ) => Tensor;
  /** Whether weight decay applies to a parameter: to matrices and embeddings, not to biases and norms. */
  readonly decays: (parameter: Tensor, path: string) => boolean;
};

const stddev = 0.02;

const initBlocks = (key: Key, config: GptConfig): GptParams["blocks"] => {
  const { nEmbd, nLayer, useBias } = config;
  const kernelInit = normalInit(stddev);
  // two additions a block: keeps the variance of the sequence from growing with depth
  const outputInit = normalInit(stddev / Math.sqrt(2 * nLayer));
  const keys: readonly Key[] = splitTuple<number>(key, nLayer);
  const blocks = keys.map((own) => block.init(own, { nEmbd, useBias, kernelInit, outputInit }));
  return config.scanBlocks ? stackLayers(blocks) : blocks;
};

const isList = (blocks: GptParams["blocks"]): blocks is readonly BlockParams[] =>
  Array.isArray(blocks);

/** Runs the blocks one after the other, or as one scan when their parameters are stacked. */
const applyBlocks = (
  blocks: GptParams["blocks"],
  x: Tensor,
  options: BlockOptions,
  nLayer: number,
): Tensor => {
  const { key } = options;
  if (isList(blocks)) {
    const keys: readonly Key[] = key === undefined ? [] : splitTuple<number>(key, blocks.length);
    return blocks.reduce((h, params, i) => block.apply(params, h, { ...options, key: keys[i] }), x);
  }
  type Element = { readonly params: BlockParams; readonly key: Key | undefined };
  const step = (h: Tensor, element: Element): [Tensor, null] => [
    block.apply(element.params, h, { ...options, key: element.key }),
    null,
  ];
  const xs: Element = { params: blocks, key: key === undefined ? undefined : split(key, nLayer) };
  return scan(step, x, xs)[0];
};

const embed = ({ wte, wpe }: GptParams, ids: Tensor): Tensor => {
  const length = ids.shape.at(-1);
  const [blockSize = 0, width = 0] = wpe.table.shape;
  if (length === undefined || length > blockSize)
    throw new ShapeError({
      operation: "gpt",
      rule: `takes ids (..., T) with T at most the block size ${blockSize}`,
      got: `[${ids.shape.join()}]`,
      fix: "crop the ids, or make a model with a larger blockSize",
    });
  const positions = length === blockSize ? wpe.table : wpe.table.slice([0, 0], [length, width]);
  return embedding.apply(wte, ids).add(positions);
};

/**
 * GPT-2's decoder as nanoGPT has it: token and position embedding, pre-norm blocks, a final norm, and logits from the
 * token embedding. int32 ids (..., T) give logits (..., T, V). Weights start as N(0, 0.02), the projections back into
 * the sequence divided by sqrt(2 nLayer); biases as 0, norms as the identity. The configuration itself serves as the
 * options of `apply`; add a key to train with dropout.
 * Throws ArgumentError when the configuration is not that of the parameters, ShapeError for sequences longer than the block
 * size, DTypeError for ids that are not integers.
 * @see https://github.com/karpathy/nanoGPT
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { key } from "@adjoint/core/random";
 * import { gpt, gptConfig } from "@adjoint/nn";
 * const config = gptConfig({ vocabSize: 5, blockSize: 4, nLayer: 2, nHead: 2, nEmbd: 8 });
 * const params = gpt.init(key(0), config);
 * const text = tensor([[1, 2, 3, 4]], { dtype: "int32" });
 * const [ids, targets] = [text.slice([0, 0], [1, 3]), text.slice([0, 1], [1, 4])];
 * gpt.apply(params, ids, config).shape; // => [1, 3, 5]
 * const loss = gpt.loss(params, ids, targets, config);
 * Math.abs(Number(await loss.item()) - Math.log(5)) < 0.1; // => true
 * ```
 */
export const gpt: Gpt = {
  init: (key, config) => {
    const { vocabSize, blockSize, nEmbd, tiedHead } = config;
    const [forTokens, forPositions, forBlocks, forHead] = splitTuple(key, 4);
    const tableInit = normalInit(stddev);
    const params = {
      wte: embedding.init(forTokens, { vocabSize, features: nEmbd, tableInit }),
      wpe: embedding.init(forPositions, { vocabSize: blockSize, features: nEmbd, tableInit }),
      blocks: initBlocks(forBlocks, config),
      lnFinal: layerNorm.init(key, { features: nEmbd, useBias: config.useBias }),
    };
    if (tiedHead) return params;
    const shape = { inFeatures: nEmbd, outFeatures: vocabSize, useBias: false };
    return { ...params, head: linear.init(forHead, { ...shape, kernelInit: tableInit }) };
  },
  hidden: (params, ids, given) => {
    checkGpt(params, given);
    const { nHead, nLayer, dropout: rate, activation, key } = given;
    const [forEmbedding, forBlocks] =
      key === undefined ? [undefined, undefined] : splitTuple(key, 2);
    const x = dropout(embed(params, ids), { dropout: rate, key: forEmbedding });
    const options = {
      nHead,
      dropout: rate,
      activation: activationNamed(activation),
      key: forBlocks,
    };
    return layerNorm.apply(params.lnFinal, applyBlocks(params.blocks, x, options, nLayer));
  },
  logits: ({ head, wte }, hidden) =>
    head === undefined ? embedding.attend(wte, hidden) : linear.apply(head, hidden),
  apply: (params, ids, options) => gpt.logits(params, gpt.hidden(params, ids, options)),
  loss: (params, ids, targets, options) =>
    crossEntropy(gpt.apply(params, ids, options), targets, options),
  decays: ({ rank }, path) => (/(^|\.)blocks\./.test(path) ? rank - 1 : rank) >= 2,
};
