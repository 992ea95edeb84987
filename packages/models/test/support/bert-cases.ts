import type { Tensor } from "@adjoint/core";
import {
  bert,
  type BertConfig,
  type BertFamily,
  bertConfigFromJson,
  bertConfigToJson,
  type BertHeads,
  bertHeads,
  type BertParams,
  bertWeights,
  distilbert,
  loadParams,
  type MaskedWordParams,
  roberta,
  type WeightMap,
} from "@adjoint/models";
import { crossEntropy, linear, type LinearParams } from "@adjoint/nn";
import { checkpoint } from "./checkpoint.ts";
import { expectCase } from "./expect-case.ts";

/** Everything that the checkpoints of the fixtures hold. */
export type Params = {
  readonly encoder: BertParams;
  readonly maskedWord: MaskedWordParams;
  readonly pooler: LinearParams;
  readonly nextSentence: LinearParams;
  readonly classifier: LinearParams;
  readonly answers: LinearParams;
};

type Results = Readonly<Record<string, Tensor>>;
type Expected = (name: string) => Tensor;

/** One column of scores (..., 2). */
const column = (x: Tensor, i: number): Tensor =>
  x.slice([0, 0, i], [...x.shape.slice(0, -1), i + 1]).squeeze(-1);

/** Readers of BERT's own files. */
const own: Family = {
  configFromJson: bertConfigFromJson,
  configToJson: bertConfigToJson,
  weights: bertWeights,
};

type Family = Pick<BertFamily, "configFromJson" | "configToJson" | "weights">;

type Head = {
  /** BERT when absent. */
  readonly family?: Family;
  readonly heads: BertHeads;
  readonly results: (params: Params, hidden: Tensor, config: BertConfig) => Results;
  readonly loss: (results: Results, expected: Expected) => Tensor;
};

const ids = (expected: Expected, name: string): Tensor => expected(name).cast("int32");

const maskedWords: Head["results"] = (params, hidden, config) => ({
  logits: bert.maskedWord(params.maskedWord, params.encoder, hidden, config),
});

const maskedLoss: Head["loss"] = ({ logits }, expected) =>
  crossEntropy(logits!, ids(expected, "labels"), { ignoreIndex: -100 });

/** Heads of each checkpoint, and what is computed with them. */
export const heads: Readonly<Record<string, Head>> = {
  bert: {
    heads: bertHeads.preTraining,
    results: (params, hidden, config) => ({
      prediction_logits: bert.maskedWord(params.maskedWord, params.encoder, hidden, config),
      seq_relationship_logits: linear.apply(params.nextSentence, bert.pool(params.pooler, hidden)),
    }),
    loss: ({ prediction_logits, seq_relationship_logits }, expected) =>
      crossEntropy(prediction_logits!, ids(expected, "labels"), { ignoreIndex: -100 }).add(
        crossEntropy(seq_relationship_logits!, ids(expected, "next_sentence_label")),
      ),
  },
  "bert-classes": {
    heads: bertHeads.sequenceClassification(3),
    results: ({ pooler, classifier }, hidden) => ({
      logits: linear.apply(classifier, bert.pool(pooler, hidden)),
    }),
    loss: ({ logits }, expected) => crossEntropy(logits!, ids(expected, "labels")),
  },
  "bert-tokens": {
    heads: bertHeads.tokenClassification(3),
    results: ({ classifier }, hidden) => ({ logits: linear.apply(classifier, hidden) }),
    loss: ({ logits }, expected) => crossEntropy(logits!, ids(expected, "labels")),
  },
  roberta: {
    family: roberta,
    heads: roberta.heads.maskedLm,
    results: maskedWords,
    loss: maskedLoss,
  },
  "roberta-classes": {
    family: roberta,
    heads: roberta.heads.sequenceClassification(3),
    results: ({ pooler, classifier }, hidden) => ({
      logits: linear.apply(classifier, bert.pool(pooler, hidden)),
    }),
    loss: ({ logits }, expected) => crossEntropy(logits!, ids(expected, "labels")),
  },
  distilbert: {
    family: distilbert,
    heads: distilbert.heads.maskedLm,
    results: maskedWords,
    loss: maskedLoss,
  },
  "bert-untied": { heads: bertHeads.maskedLm, results: maskedWords, loss: maskedLoss },
  "roberta-untied": {
    family: roberta,
    heads: roberta.heads.maskedLm,
    results: maskedWords,
    loss: maskedLoss,
  },
  "distilbert-untied": {
    family: distilbert,
    heads: distilbert.heads.maskedLm,
    results: maskedWords,
    loss: maskedLoss,
  },
  "bert-answers": {
    heads: bertHeads.questionAnswering,
    results: ({ answers }, hidden) => {
      const scores = linear.apply(answers, hidden); // (B, T, 2)
      return { start_logits: column(scores, 0), end_logits: column(scores, 1) };
    },
    loss: ({ start_logits, end_logits }, expected) =>
      crossEntropy(start_logits!, ids(expected, "start_positions"))
        .add(crossEntropy(end_logits!, ids(expected, "end_positions")))
        .div(2),
  },
};

/** Where the parameters of a checkpoint lie. */
export const mapOf = (name: string, config: BertConfig): WeightMap =>
  (heads[name]!.family ?? own).weights(config, heads[name]!.heads);

/** The config.json of a configuration and the heads of a checkpoint. */
export const writtenOf = (name: string, config: BertConfig): Readonly<Record<string, unknown>> =>
  (heads[name]!.family ?? own).configToJson(config, heads[name]!.heads);

/** A BERT of the fixtures. */
export const load = async (
  name: string,
): Promise<{ readonly config: BertConfig; readonly params: Params }> => {
  const { config: json, source } = checkpoint(name);
  const config = (heads[name]!.family ?? own).configFromJson(json);
  if (config._tag === "Left") throw config.left;
  const params = await loadParams<Params>(mapOf(name, config.right), source);
  if (params._tag === "Left") throw params.left;
  return { config: config.right, params: params.right };
};

/** The scores, the loss and every gradient of transformers. */
export const expectBert = async (name: string): Promise<void> => {
  const { expected } = checkpoint(name);
  const { config, params } = await load(name);
  const options = {
    ...(name.startsWith("bert") && name !== "bert-untied"
      ? { typeIds: ids(expected, "types") }
      : {}),
    valid: expected("mask").cast("bool"),
  };
  const results = (p: Params): readonly [Tensor, Results] => {
    const hidden = bert.apply(p.encoder, ids(expected, "ids"), config, options);
    const scores = heads[name]!.results(p, hidden, config);
    return [heads[name]!.loss(scores, expected), scores];
  };
  return expectCase(name, { params, map: mapOf(name, config), results });
};
