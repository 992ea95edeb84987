import { z } from "zod";
import type { BlockConfig } from "../block/block-config.ts";
import { blockFieldRules, blockFields } from "../block/block-schema.ts";
import { explicitBlock } from "../block/explicit-block.ts";
import type { Either } from "@adjoint/core/either";
import { dividesWidth, type FieldRule, fieldRules } from "../families/field-rules.ts";
import {
  absentIs,
  count,
  only,
  optional,
  place,
  positive,
  type Readers,
  size,
} from "../families/fields.ts";
import {
  aConfig,
  aFlag,
  aPlace,
  aSize,
  type ConfigCheck,
  configCheck,
  wholeFrom,
} from "../internal/config-schema.ts";
import { parseConfig } from "../pretrained/parse-config.ts";
import type { PretrainedError } from "../pretrained/pretrained-error.ts";
import { type ConfigJson, writtenConfig } from "../pretrained/written-config.ts";
import { type BertHeads, headFields, noHeads } from "./bert-heads.ts";

/** Sizes of a BERT, and how many kinds of segments it tells apart. */
export type BertConfig = BlockConfig & {
  readonly vocabSize: number;
  readonly contextLength: number;
  /** Kinds of segments: first and second text; 0 where none are told apart, as in DistilBERT. */
  readonly typeCount: number;
  /**
   * The id of padding, where places count the other tokens and begin after it, as RoBERTa has it: its table of places has `padId + 1`
   * more rows than the context is long. Absent in BERT.
   */
  readonly padId?: number;
  /**
   * The id of padding, whose row in the word embedding gets no gradient where it is read, as in transformers; that of `padId` when
   * absent, and none without either.
   */
  readonly paddingWord?: number;
  /** Whether scores of masked words come from the word embedding; true when absent. */
  readonly tiedHead?: boolean;
};

/** What `bertConfig` takes: the sizes, and what differs from the defaults. */
export type BertSettings = Pick<
  BertConfig,
  "vocabSize" | "contextLength" | "nEmbd" | "nLayer" | "nHead"
> & {
  /** Width of the MLP; default 4 nEmbd. */
  readonly hidden?: number;
  readonly typeCount?: number;
  readonly padId?: number;
  readonly paddingWord?: number;
  readonly tiedHead?: boolean;
  readonly dropout?: number;
  readonly eps?: number;
  readonly initStd?: number;
};

/** Throws ArgumentError for the first field of a configuration that is wrong. */
export const checkBertConfig: ConfigCheck<BertConfig> = configCheck(
  aConfig<BertConfig>(
    {
      ...blockFields,
      vocabSize: aSize,
      contextLength: aSize,
      typeCount: wholeFrom(0),
      padId: aPlace.optional(),
      paddingWord: aPlace.optional(),
      tiedHead: aFlag.optional(),
    },
    (config) => [
      ...blockFieldRules(config),
      ...(["padId", "paddingWord"] as const).map((field): FieldRule => [
        field,
        (config[field] ?? 0) < config.vocabSize,
        `must be below vocabSize, ${config.vocabSize}`,
      ]),
    ],
  ),
);

/** A complete configuration: norms after the additions, biases, exact GELU, as in the original. Throws ArgumentError for what cannot be. */
export const bertConfig = ({
  nEmbd,
  nHead,
  hidden = 4 * nEmbd,
  typeCount = 2,
  tiedHead = true,
  dropout = 0.1,
  eps = 1e-12,
  initStd = 0.02,
  ...sizes
}: BertSettings): BertConfig => {
  const config: BertConfig = {
    ...sizes,
    nEmbd,
    nHead,
    nKvHead: nHead,
    headDim: nEmbd / nHead,
    norm: { kind: "layer", eps, first: false },
    attention: { useBias: true, outputBias: true, qkNorm: false },
    mlp: { hidden, activation: "gelu", gated: false, useBias: true },
    typeCount,
    tiedHead,
    dropout,
    initStd,
  };
  checkBertConfig("bertConfig", config);
  return config;
};

/** What files of BERT and RoBERTa say. */
type BertFields = {
  readonly vocab_size: number;
  readonly hidden_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly intermediate_size: number;
  readonly max_position_embeddings: number;
  readonly type_vocab_size: number | undefined;
  readonly hidden_act: unknown;
  readonly hidden_dropout_prob: number | undefined;
  readonly layer_norm_eps: number | undefined;
  readonly initializer_range: number | undefined;
  readonly tie_word_embeddings: boolean | undefined;
  readonly position_embedding_type: unknown;
  readonly is_decoder: unknown;
};

/** Fields that BERT and RoBERTa share. */
export const bertFields: Readers<BertFields> = {
  vocab_size: size,
  hidden_size: size,
  num_hidden_layers: count,
  num_attention_heads: size,
  intermediate_size: size,
  max_position_embeddings: size,
  type_vocab_size: optional(size),
  hidden_act: only("gelu"),
  hidden_dropout_prob: optional(z.number().min(0).lt(1)),
  layer_norm_eps: optional(positive),
  initializer_range: optional(positive),
  tie_word_embeddings: optional(z.boolean()),
  position_embedding_type: only("absolute"),
  is_decoder: only(false),
};

/** What fields of BERT and RoBERTa must be to fit together. */
export const bertRules = (fields: BertFields): readonly FieldRule[] => [
  dividesWidth("num_attention_heads", fields.num_attention_heads, [
    "hidden_size",
    fields.hidden_size,
  ]),
];

/** The settings that these fields are. */
export const settingsOf = (fields: BertFields): BertSettings => ({
  vocabSize: fields.vocab_size,
  contextLength: fields.max_position_embeddings,
  nEmbd: fields.hidden_size,
  nLayer: fields.num_hidden_layers,
  nHead: fields.num_attention_heads,
  hidden: fields.intermediate_size,
  typeCount: fields.type_vocab_size ?? 2,
  tiedHead: fields.tie_word_embeddings ?? true,
  dropout: fields.hidden_dropout_prob ?? 0.1,
  eps: fields.layer_norm_eps ?? 1e-12,
  initStd: fields.initializer_range ?? 0.02,
});

/** `pad_token_id` of BERT and DistilBERT, 0 where a file leaves it out. */
export const paddingField: z.ZodType<number | undefined> = absentIs(place, 0);

/** That it is a word. */
export const paddingRule = (id: number | undefined, words: number): FieldRule => [
  "pad_token_id",
  (id ?? 0) < words,
  "must be below vocab_size",
];

/** The setting that it is. */
export const paddingWordOf = (id: number | undefined): Pick<BertSettings, "paddingWord"> =>
  id === undefined ? {} : { paddingWord: id };

const fileSchema = z
  .object({ model_type: only("bert"), ...bertFields, pad_token_id: paddingField })
  .superRefine(
    fieldRules((fields) => [
      ...bertRules(fields),
      paddingRule(fields.pad_token_id, fields.vocab_size),
    ]),
  )
  .transform(({ pad_token_id: id, ...fields }) =>
    bertConfig({ ...settingsOf(fields), ...paddingWordOf(id) }),
  );

/**
 * The configuration in a parsed config.json, or every field that is wrong. The rate of dropout is `hidden_dropout_prob`; files with
 * another rate for attention load too, and train with this one.
 */
export const bertConfigFromJson = (json: unknown): Either<PretrainedError, BertConfig> =>
  parseConfig(fileSchema, json, "bert");

/** A configuration with its defaults filled in, as `explicitBlock`. */
export const explicitBert = (config: BertConfig): BertConfig =>
  explicitBlock({ ...config, tiedHead: config.tiedHead ?? true });

/** The fields that BERT and RoBERTa share. */
export const bertToJson = (config: BertConfig): ConfigJson => ({
  vocab_size: config.vocabSize,
  hidden_size: config.nEmbd,
  num_hidden_layers: config.nLayer,
  num_attention_heads: config.nHead,
  intermediate_size: config.mlp.hidden,
  max_position_embeddings: config.contextLength,
  type_vocab_size: config.typeCount,
  hidden_act: "gelu",
  hidden_dropout_prob: config.dropout,
  attention_probs_dropout_prob: config.dropout,
  layer_norm_eps: config.norm.eps,
  initializer_range: config.initStd,
  tie_word_embeddings: config.tiedHead ?? true,
});

/**
 * The config.json that Hugging Face's transformers reads, as an object: its class and its labels are those of the heads that
 * `bertWeights` takes. Throws ArgumentError with every part of the configuration that it cannot say.
 */
export const bertConfigToJson = (
  config: BertConfig,
  heads: BertHeads = noHeads,
): Readonly<Record<string, unknown>> =>
  writtenConfig(
    config,
    {
      ...{ model_type: "bert", ...headFields("Bert", heads), ...bertToJson(config) },
      pad_token_id: config.paddingWord ?? null,
    },
    {
      operation: "bertConfigToJson",
      read: bertConfigFromJson,
      explicit: explicitBert,
    },
  );
