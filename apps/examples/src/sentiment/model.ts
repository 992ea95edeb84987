import { logSoftmax, stack, take, type Tensor } from "@adjoint/core";
import { type Key, splitTuple } from "@adjoint/core/random";
import {
  bert,
  type BertConfig,
  bertConfig,
  type BertParams,
  type MaskedWordParams,
} from "@adjoint/models";
import { crossEntropy, linear, type LinearParams } from "@adjoint/nn";
import { typeCount } from "./encode-text.ts";

/** A BERT with the heads of pretraining and of classification. */
export type ModelParams = {
  readonly encoder: BertParams;
  readonly maskedWord: MaskedWordParams;
  readonly pooler: LinearParams;
  readonly nextSentence: LinearParams;
  readonly classifier: LinearParams;
};

/** The longest text. */
export const contextLength = 64;

/**
 * A smaller BERT-tiny: 2 layers, 2 heads, 64 wide. Weights start at 0.08, where the original's 0.02 is for 768 elements: with 0.02
 * masked words stay at the frequencies of words for hundreds of steps. No dropout: tokens are hidden instead, at a third of the cost.
 */
export const modelConfig = (vocabSize: number): BertConfig =>
  bertConfig({
    ...{ vocabSize, contextLength, typeCount },
    ...{ nEmbd: 64, nLayer: 2, nHead: 2, dropout: 0, initStd: 0.08 },
  });

/** Fresh parameters. */
export const initModel = (key: Key, config: BertConfig): ModelParams => {
  const [forEncoder, forWords, forPooler, forNext, forClasses] = splitTuple(key, 5);
  return {
    encoder: bert.init(forEncoder, config),
    maskedWord: bert.initMaskedWord(forWords, config),
    pooler: bert.initPooler(forPooler, config),
    nextSentence: bert.initHead(forNext, config, 2),
    classifier: bert.initHead(forClasses, config, 2),
  };
};

/** Pairs of texts, int32 and bool (B, T); `labels` (B) says which second parts are of another document. */
export type PretrainBatch = {
  readonly ids: Tensor;
  readonly types: Tensor;
  readonly valid: Tensor;
  readonly labels: Tensor;
  /** Places that are to be predicted among the B T, int32 (M), and what belongs there, -100 where there are fewer. */
  readonly places: Tensor;
  readonly targets: Tensor;
};

/**
 * What stands for a text: the pooler's layer over the mean of all tokens (B, T, C), where the original takes the first one. With so
 * little to learn from, a first token does not learn in time where to look.
 */
const pooledMean = ({ pooler }: ModelParams, hidden: Tensor, valid: Tensor): Tensor => {
  const weights = valid.cast("float32").expandDims(-1); // (B, T, 1)
  const mean = hidden.mul(weights).sum(-2, { keepDims: true });
  return bert.pool(pooler, mean.div(weights.sum(-2, { keepDims: true })));
};

/** Mean loss of the masked words and of next sentences. */
export const pretrainLosses = (
  params: ModelParams,
  batch: PretrainBatch,
  config: BertConfig,
): { readonly words: Tensor; readonly next: Tensor } => {
  const { ids, types: typeIds, valid, places, targets, labels } = batch;
  const hidden = bert.apply(params.encoder, ids, config, { typeIds, valid }); // (B, T, C)
  // scores of a whole vocabulary only where a word is missing
  const masked = take(hidden.reshape([-1, config.nEmbd]), places, { axis: 0 }); // (M, C)
  const scores = bert.maskedWord(params.maskedWord, params.encoder, masked, config);
  const pooled = pooledMean(params, hidden, valid);
  return {
    words: crossEntropy(scores, targets, { ignoreIndex: -100 }),
    next: crossEntropy(linear.apply(params.nextSentence, pooled), labels),
  };
};

/** Single texts (B, T), and how likely each is praise, float (B). */
export type ClassBatch = {
  readonly ids: Tensor;
  readonly types: Tensor;
  readonly valid: Tensor;
  readonly praise: Tensor;
  /** 1 for texts, 0 for rows that fill the batch up, (B). */
  readonly weights: Tensor;
};

/** Scores of complaint and praise (B, 2). */
export const classScores = (
  params: ModelParams,
  { ids, types: typeIds, valid }: Pick<ClassBatch, "ids" | "types" | "valid">,
  config: BertConfig,
): Tensor => {
  const hidden = bert.apply(params.encoder, ids, config, { typeIds, valid });
  return linear.apply(params.classifier, pooledMean(params, hidden, valid));
};

/** Mean cross entropy of the texts that count. */
export const classLoss = (params: ModelParams, batch: ClassBatch, config: BertConfig): Tensor => {
  const logs = logSoftmax(classScores(params, batch, config)); // (B, 2)
  const { praise, weights } = batch;
  const targets = stack([praise.neg().add(1), praise], -1);
  return logs.mul(targets).sum(-1).neg().mul(weights).sum().div(weights.sum());
};
