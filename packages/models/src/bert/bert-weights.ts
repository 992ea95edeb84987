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
import { type BertHeads, noHeads } from "./bert-heads.ts";

/** Names that a family gives to the parts of an encoder and its heads. */
export type EncoderNames = {
  /** What names of the body begin with. */
  readonly prefix: string;
  readonly block: (layer: number) => BlockNames;
  readonly maskedWord: {
    readonly dense: string;
    readonly norm: string;
    /** Where the bias lies when the scores come from the word embedding. */
    readonly bias: string;
    /** The linear layer of the scores: a copy of the word embedding and the bias, or the head's own. */
    readonly decoder: string;
  };
  /** Where `pooler: true` lies. */
  readonly pooler: string;
};

/** Names of the arrays of a block of BERT and RoBERTa. */
export const bertBlockNames =
  (prefix: string) =>
  (layer: number): BlockNames => {
    const own = `${prefix}encoder.layer.${layer}`;
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

/** Rules of the tables and the norm before the blocks, at `path`. */
export const embeddingRules = (
  { vocabSize, contextLength, typeCount, padId, nEmbd }: BertConfig,
  path: WeightRule["path"],
  prefix: string,
): readonly WeightRule[] => {
  const name = `${prefix}embeddings`;
  const places = contextLength + (padId === undefined ? 0 : padId + 1);
  return [
    tableRule([...path, "word"], `${name}.word_embeddings`, vocabSize, nEmbd),
    tableRule([...path, "position"], `${name}.position_embeddings`, places, nEmbd),
    ...(typeCount === 0
      ? []
      : [tableRule([...path, "type"], `${name}.token_type_embeddings`, typeCount, nEmbd)]),
    ...normRules([...path, "norm"], `${name}.LayerNorm`, nEmbd, true),
  ];
};

const encoderRules = (
  config: BertConfig,
  { prefix, block }: EncoderNames,
): readonly WeightRule[] => [
  ...embeddingRules(config, ["encoder", "embeddings"], prefix),
  ...Array.from({ length: config.nLayer }, (_, i) =>
    blockRules(config, ["encoder", "blocks", i], block(i), i),
  ).flat(),
];

/** Rules of scores that have a layer of their own; files in which its bias was shared have that as `bias` alone. */
const untiedRules = (
  path: WeightRule["path"],
  decoder: string,
  sizes: readonly [inFeatures: number, outFeatures: number],
  bias: string,
): readonly WeightRule[] =>
  linearRules(path, decoder, sizes, true).map((rule) =>
    rule.path.at(-1) === "bias" ? { ...rule, formerNames: [bias] } : rule,
  );

const maskedWordRules = (
  { nEmbd, vocabSize, tiedHead = true }: BertConfig,
  { maskedWord: { dense, norm, bias, decoder } }: EncoderNames,
): readonly WeightRule[] => [
  ...linearRules(["maskedWord", "dense"], dense, [nEmbd, nEmbd], true),
  ...normRules(["maskedWord", "norm"], norm, nEmbd, true),
  ...(tiedHead
    ? [{ path: ["maskedWord", "bias"], shape: [vocabSize], name: bias }]
    : untiedRules(["maskedWord"], decoder, [nEmbd, vocabSize], bias)),
];

const escaped = (name: string): string => name.replaceAll(".", String.raw`\.`);

/** Stored arrays that are no parameters: copies where scores are tied, a bias that nothing reads where they are not. */
const ignoredOf = (
  { tiedHead = true }: BertConfig,
  { maskedWord: { bias, decoder } }: EncoderNames,
  hasHead: boolean,
): RegExp => {
  const copies = [`${decoder}.weight`, `${decoder}.bias`].filter((name) => name !== bias);
  const unread = hasHead && bias !== `${decoder}.bias` ? [bias] : [];
  const names = (tiedHead ? copies : unread).map((name) => `^${escaped(name)}$`);
  return new RegExp([String.raw`embeddings\.position_ids$`, ...names].join("|"));
};

/** Files converted from TensorFlow, such as the first of BERT, call the scale and the bias of a norm gamma and beta. */
const withFormerNames = (rule: WeightRule): WeightRule => {
  const { name } = rule;
  const former = name
    .replace(/LayerNorm\.weight$/, "LayerNorm.gamma")
    .replace(/LayerNorm\.bias$/, "LayerNorm.beta");
  return former === name ? rule : { ...rule, formerNames: [former] };
};

/** Where the parameters of an encoder with these names lie in a checkpoint. */
export const encoderWeights = (
  config: BertConfig,
  names: EncoderNames,
  { maskedWord = false, pooler = false, linear = [] }: BertHeads,
): WeightMap => ({
  rules: [
    ...encoderRules(config, names),
    ...(maskedWord ? maskedWordRules(config, names) : []),
    ...(pooler === false
      ? []
      : linearRules(
          ["pooler"],
          pooler === true ? names.pooler : pooler,
          [config.nEmbd, config.nEmbd],
          true,
        )),
    ...linear.flatMap(({ path, name, outputs }) =>
      linearRules([path], name, [config.nEmbd, outputs], true),
    ),
  ].map(withFormerNames),
  prefix: names.prefix,
  ignored: ignoredOf(config, names, maskedWord),
});

/**
 * Where the parameters of BERT lie in a checkpoint: a tree of `encoder`, `maskedWord`, `pooler` and the linear heads, those that
 * `heads` names.
 */
export const bertWeights = (config: BertConfig, heads: BertHeads = noHeads): WeightMap =>
  encoderWeights(
    config,
    {
      prefix: "bert.",
      block: bertBlockNames("bert."),
      maskedWord: {
        dense: "cls.predictions.transform.dense",
        norm: "cls.predictions.transform.LayerNorm",
        bias: "cls.predictions.bias",
        decoder: "cls.predictions.decoder",
      },
      pooler: "bert.pooler.dense",
    },
    heads,
  );
