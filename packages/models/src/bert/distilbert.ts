import { z } from "zod";
import type { BlockNames } from "../block/block-rules.ts";
import { dividesWidth, fieldRules } from "../families/field-rules.ts";
import { count, only, optional, positive, size } from "../families/fields.ts";
import { parseConfig } from "../pretrained/parse-config.ts";
import { type ConfigJson, writtenConfig } from "../pretrained/written-config.ts";
import {
  type BertConfig,
  bertConfig,
  explicitBert,
  paddingField,
  paddingRule,
  paddingWordOf,
} from "./bert-config.ts";
import type { BertFamily } from "./bert-family.ts";
import { type BertHeads, bertHeads, headFields, noHeads } from "./bert-heads.ts";
import { encoderWeights } from "./bert-weights.ts";

const { preTraining: _, ...heads } = bertHeads;

const modelTypes = ["distilbert"] as const;

const fileSchema = z
  .object({
    model_type: only(...modelTypes),
    vocab_size: size,
    dim: size,
    n_layers: count,
    n_heads: size,
    hidden_dim: size,
    max_position_embeddings: size,
    activation: only("gelu"),
    dropout: optional(z.number().min(0).lt(1)),
    initializer_range: optional(positive),
    tie_word_embeddings: optional(z.boolean()),
    pad_token_id: paddingField,
  })
  .superRefine(
    fieldRules(({ n_heads, dim, pad_token_id: id, vocab_size: words }) => [
      dividesWidth("n_heads", n_heads, ["dim", dim]),
      paddingRule(id, words),
    ]),
  )
  .transform((fields) =>
    bertConfig({
      vocabSize: fields.vocab_size,
      contextLength: fields.max_position_embeddings,
      nEmbd: fields.dim,
      nLayer: fields.n_layers,
      nHead: fields.n_heads,
      hidden: fields.hidden_dim,
      typeCount: 0,
      tiedHead: fields.tie_word_embeddings ?? true,
      dropout: fields.dropout ?? 0.1,
      initStd: fields.initializer_range ?? 0.02,
      ...paddingWordOf(fields.pad_token_id),
    }),
  );

const configFromJson: BertFamily["configFromJson"] = (json) =>
  parseConfig(fileSchema, json, "distilbert");

const toJson = (config: BertConfig, own: BertHeads): ConfigJson => ({
  model_type: modelTypes[0],
  ...headFields("DistilBert", own),
  vocab_size: config.vocabSize,
  dim: config.nEmbd,
  n_layers: config.nLayer,
  n_heads: config.nHead,
  hidden_dim: config.mlp.hidden,
  max_position_embeddings: config.contextLength,
  activation: "gelu",
  dropout: config.dropout,
  attention_dropout: config.dropout,
  initializer_range: config.initStd,
  tie_word_embeddings: config.tiedHead ?? true,
  pad_token_id: config.paddingWord ?? null,
});

const blockNames = (layer: number): BlockNames => {
  const own = `distilbert.transformer.layer.${layer}`;
  return {
    q: `${own}.attention.q_lin`,
    k: `${own}.attention.k_lin`,
    v: `${own}.attention.v_lin`,
    output: `${own}.attention.out_lin`,
    attentionNorm: `${own}.sa_layer_norm`,
    up: `${own}.ffn.lin1`,
    down: `${own}.ffn.lin2`,
    mlpNorm: `${own}.output_layer_norm`,
  };
};

/**
 * DistilBERT: `bert` with half the layers, that tells no segments apart and has no pooler. Its classifiers of texts read
 * relu(first vector through `pooler`) where BERT's read `bert.pool`.
 * @see https://arxiv.org/abs/1910.01108
 */
export const distilbert: BertFamily = {
  modelTypes,
  configFromJson,
  configToJson: (config, own = noHeads) =>
    writtenConfig(config, toJson(config, own), {
      operation: "distilbert.configToJson",
      read: configFromJson,
      explicit: explicitBert,
    }),
  weights: (config, own = noHeads) =>
    encoderWeights(
      config,
      {
        prefix: "distilbert.",
        block: blockNames,
        maskedWord: {
          dense: "vocab_transform",
          norm: "vocab_layer_norm",
          bias: "vocab_projector.bias",
          decoder: "vocab_projector",
        },
        pooler: "pre_classifier",
      },
      own,
    ),
  heads: { ...heads, encoder: noHeads },
};
