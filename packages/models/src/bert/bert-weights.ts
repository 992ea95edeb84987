import {
  type BlockNames,
  blockRules,
  linearRules,
  normRules,
  tableRule,
} from "../block/block-rules.ts";
import type { WeightMap } from "../pretrained/load-params.ts";
import type { WeightRule } from "../pretrained/weight-rule.ts";
import type { BertConfig } from "./bert-config.ts";

/** What a checkpoint of BERT holds besides the encoder. */
export type BertHeads = {
  /** The head for masked words, as `maskedWord`. */
  readonly maskedWord?: boolean;
  /** As `pooler`. */
  readonly pooler?: boolean;
  /** Linear heads: the name that they have in the tree and in the file, and how many scores each gives. */
  readonly linear?: readonly {
    readonly path: string;
    readonly name: string;
    readonly outputs: number;
  }[];
};

/** Heads of Hugging Face's classes. */
export const bertHeads: {
  readonly preTraining: BertHeads;
  readonly maskedLm: BertHeads;
  readonly sequenceClassification: (labels: number) => BertHeads;
  readonly tokenClassification: (labels: number) => BertHeads;
  readonly questionAnswering: BertHeads;
} = {
  preTraining: {
    maskedWord: true,
    pooler: true,
    linear: [{ path: "nextSentence", name: "cls.seq_relationship", outputs: 2 }],
  },
  maskedLm: { maskedWord: true },
  sequenceClassification: (labels) => ({
    pooler: true,
    linear: [{ path: "classifier", name: "classifier", outputs: labels }],
  }),
  tokenClassification: (labels) => ({
    linear: [{ path: "classifier", name: "classifier", outputs: labels }],
  }),
  questionAnswering: { linear: [{ path: "answers", name: "qa_outputs", outputs: 2 }] },
};

const blockNames = (layer: number): BlockNames => {
  const own = `bert.encoder.layer.${layer}`;
  return {
    q: `${own}.attention.self.query`,
    k: `${own}.attention.self.key`,
    v: `${own}.attention.self.value`,
    output: `${own}.attention.output.dense`,
    attentionNorm: `${own}.attention.output.LayerNorm`,
    up: `${own}.intermediate.dense`,
    down: `${own}.output.dense`,
    mlpNorm: `${own}.output.LayerNorm`,
  };
};

const encoderRules = (config: BertConfig): readonly WeightRule[] => {
  const { vocabSize, contextLength, typeCount, nEmbd, nLayer } = config;
  const name = "bert.embeddings";
  const path = ["encoder", "embeddings"];
  return [
    tableRule([...path, "word"], `${name}.word_embeddings`, vocabSize, nEmbd),
    tableRule([...path, "position"], `${name}.position_embeddings`, contextLength, nEmbd),
    tableRule([...path, "type"], `${name}.token_type_embeddings`, typeCount, nEmbd),
    ...normRules([...path, "norm"], `${name}.LayerNorm`, nEmbd, true),
    ...Array.from({ length: nLayer }, (_, i) =>
      blockRules(config, ["encoder", "blocks", i], blockNames(i), i),
    ).flat(),
  ];
};

const maskedWordRules = ({ nEmbd, vocabSize }: BertConfig): readonly WeightRule[] => [
  ...linearRules(["maskedWord", "dense"], "cls.predictions.transform.dense", [nEmbd, nEmbd], true),
  ...normRules(["maskedWord", "norm"], "cls.predictions.transform.LayerNorm", nEmbd, true),
  { path: ["maskedWord", "bias"], shape: [vocabSize], name: "cls.predictions.bias" },
];

/**
 * Where the parameters of BERT lie in a checkpoint: a tree of `encoder`, `maskedWord`, `pooler` and the linear heads, those that
 * `heads` names.
 */
export const bertWeights = (config: BertConfig, heads: BertHeads = {}): WeightMap => ({
  rules: [
    ...encoderRules(config),
    ...(heads.maskedWord === true ? maskedWordRules(config) : []),
    ...(heads.pooler === true
      ? linearRules(["pooler"], "bert.pooler.dense", [config.nEmbd, config.nEmbd], true)
      : []),
    ...(heads.linear ?? []).flatMap(({ path, name, outputs }) =>
      linearRules([path], name, [config.nEmbd, outputs], true),
    ),
  ],
  prefix: "bert.",
  ignored: /embeddings\.position_ids$|^cls\.predictions\.decoder\.(weight|bias)$/,
});
