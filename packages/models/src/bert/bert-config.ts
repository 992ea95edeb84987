import { z } from "zod";
import type { BlockConfig } from "../block/block-config.ts";
import { blockFieldRules, blockFields } from "../block/block-schema.ts";
import { explicitBlock } from "../block/explicit-block.ts";
import type { Either } from "@adjoint/core/either";
import { count, only, optional, positive, size } from "../families/fields.ts";
import { aConfig, aSize, type ConfigCheck, configCheck } from "../internal/config-schema.ts";
import { parseConfig } from "../pretrained/parse-config.ts";
import type { PretrainedError } from "../pretrained/pretrained-error.ts";
import { type ConfigJson, writtenConfig } from "../pretrained/written-config.ts";

/** Sizes of a BERT, and how many kinds of segments it tells apart. */
export type BertConfig = BlockConfig & {
  readonly vocabSize: number;
  readonly contextLength: number;
  /** Kinds of segments: first and second text. */
  readonly typeCount: number;
};

/** What `bertConfig` takes: the sizes, and what differs from the defaults. */
export type BertSettings = Pick<
  BertConfig,
  "vocabSize" | "contextLength" | "nEmbd" | "nLayer" | "nHead"
> & {
  /** Width of the MLP; default 4 nEmbd. */
  readonly hidden?: number;
  readonly typeCount?: number;
  readonly dropout?: number;
  readonly eps?: number;
  readonly initStd?: number;
};

/** Throws ArgumentError for the first field of a configuration that is wrong. */
export const checkBertConfig: ConfigCheck<BertConfig> = configCheck(
  aConfig<BertConfig>(
    { ...blockFields, vocabSize: aSize, contextLength: aSize, typeCount: aSize },
    blockFieldRules,
  ),
);

/** A complete configuration: norms after the additions, biases, exact GELU, as in the original. Throws ArgumentError for what cannot be. */
export const bertConfig = ({
  nEmbd,
  nHead,
  hidden = 4 * nEmbd,
  typeCount = 2,
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
    dropout,
    initStd,
  };
  checkBertConfig("bertConfig", config);
  return config;
};

const fileSchema = z
  .object({
    model_type: only("bert"),
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
    position_embedding_type: only("absolute"),
    is_decoder: only(false),
  })
  .refine((fields) => fields.hidden_size % fields.num_attention_heads === 0, {
    path: ["num_attention_heads"],
    message: "must divide hidden_size",
  })
  .transform((fields) =>
    bertConfig({
      vocabSize: fields.vocab_size,
      contextLength: fields.max_position_embeddings,
      nEmbd: fields.hidden_size,
      nLayer: fields.num_hidden_layers,
      nHead: fields.num_attention_heads,
      hidden: fields.intermediate_size,
      typeCount: fields.type_vocab_size ?? 2,
      dropout: fields.hidden_dropout_prob ?? 0.1,
      eps: fields.layer_norm_eps ?? 1e-12,
      initStd: fields.initializer_range ?? 0.02,
    }),
  );

/** The configuration in a parsed config.json, or every field that is wrong. */
export const bertConfigFromJson = (json: unknown): Either<PretrainedError, BertConfig> =>
  parseConfig(fileSchema, json, "bert");

const toJson = (config: BertConfig): ConfigJson => ({
  model_type: "bert",
  architectures: ["BertForPreTraining"],
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
});

/**
 * The config.json that Hugging Face's transformers reads, as an object. Throws ArgumentError with every part of the configuration that
 * it cannot say.
 */
export const bertConfigToJson = (config: BertConfig): Readonly<Record<string, unknown>> =>
  writtenConfig(config, toJson(config), {
    operation: "bertConfigToJson",
    read: bertConfigFromJson,
    explicit: explicitBlock,
  });
