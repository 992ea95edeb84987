import { z } from "zod";
import { fieldRules } from "../families/field-rules.ts";
import { only, optional, place } from "../families/fields.ts";
import { parseConfig } from "../pretrained/parse-config.ts";
import { type ConfigJson, writtenConfig } from "../pretrained/written-config.ts";
import {
  type BertConfig,
  bertConfig,
  bertFields,
  bertRules,
  bertToJson,
  explicitBert,
  settingsOf,
} from "./bert-config.ts";
import type { BertFamily } from "./bert-family.ts";
import { type BertHeads, bertHeads, classifier, headFields, noHeads } from "./bert-heads.ts";
import { bertBlockNames, encoderWeights } from "./bert-weights.ts";

const { preTraining: _, ...heads } = bertHeads;

const modelTypes = ["roberta", "xlm-roberta", "camembert"] as const;

const fileSchema = z
  .object({ model_type: only(...modelTypes), ...bertFields, pad_token_id: optional(place) })
  .superRefine(
    fieldRules((fields) => {
      const {
        pad_token_id: padId = 1,
        max_position_embeddings: places,
        vocab_size: words,
      } = fields;
      return [
        ...bertRules(fields),
        ["max_position_embeddings", places > padId + 1, "must be above pad_token_id + 1"],
        ["pad_token_id", padId < words, "must be below vocab_size"],
      ];
    }),
  )
  .transform(({ pad_token_id: padId = 1, ...fields }) => {
    const settings = settingsOf(fields);
    return bertConfig({ ...settings, padId, contextLength: settings.contextLength - padId - 1 });
  });

const configFromJson: BertFamily["configFromJson"] = (json) =>
  parseConfig(fileSchema, json, "roberta");

const toJson = (config: BertConfig, own: BertHeads): ConfigJson => {
  const { padId = 1 } = config;
  return {
    model_type: modelTypes[0],
    ...headFields("Roberta", own),
    ...bertToJson(config),
    max_position_embeddings: config.contextLength + padId + 1,
    pad_token_id: padId,
  };
};

/**
 * RoBERTa, XLM-RoBERTa and CamemBERT: `bert` whose places begin after the id of padding and count the tokens that are none. What its
 * classifiers of texts read is `bert.pool`, as BERT's.
 * @see https://arxiv.org/abs/1907.11692
 * @see https://github.com/huggingface/transformers/tree/main/src/transformers/models/roberta
 */
export const roberta: BertFamily = {
  modelTypes,
  configFromJson,
  configToJson: (config, own = noHeads) =>
    writtenConfig(config, toJson(config, own), {
      operation: "roberta.configToJson",
      read: configFromJson,
      explicit: explicitBert,
    }),
  weights: (config, own = noHeads) =>
    encoderWeights(
      config,
      {
        prefix: "roberta.",
        block: bertBlockNames("roberta."),
        maskedWord: {
          dense: "lm_head.dense",
          norm: "lm_head.layer_norm",
          bias: "lm_head.bias",
          decoder: "lm_head.decoder",
        },
        pooler: "roberta.pooler.dense",
      },
      own,
    ),
  heads: {
    ...heads,
    sequenceClassification: (labels) => ({
      ...heads.sequenceClassification(labels),
      pooler: "classifier.dense",
      ...classifier("classifier.out_proj", labels),
    }),
  },
};
