import { z } from "zod";
import {
  type AttentionNames,
  type BlockNames,
  blockRules,
  linearRules,
  normRules,
  tableRule,
} from "../block/block-rules.ts";
import { explicitBlock } from "../block/explicit-block.ts";
import type { Either } from "@adjoint/core/either";
import { fieldRules } from "../families/field-rules.ts";
import { count, only, optional, positive, rate, size } from "../families/fields.ts";
import type { WeightMap } from "../pretrained/load-params.ts";
import { parseConfig } from "../pretrained/parse-config.ts";
import type { PretrainedError } from "../pretrained/pretrained-error.ts";
import { type ConfigJson, writtenConfig } from "../pretrained/written-config.ts";
import type { WeightRule } from "../pretrained/weight-rule.ts";
import type { Seq2SeqConfig } from "./seq2seq-config.ts";

const fileSchema = z
  .object({
    model_type: only("t5", "mt5"),
    vocab_size: size,
    d_model: size,
    d_kv: size,
    d_ff: size,
    num_layers: count,
    num_decoder_layers: optional(count),
    num_heads: size,
    // half of them for each direction in the encoder, and half of those for the near places
    relative_attention_num_buckets: optional(z.int().min(4)),
    relative_attention_max_distance: optional(size),
    dropout_rate: optional(rate),
    layer_norm_epsilon: optional(positive),
    initializer_factor: optional(positive),
    feed_forward_proj: optional(z.enum(["relu", "gated-gelu"])),
    tie_word_embeddings: optional(z.boolean()),
    scale_decoder_outputs: optional(z.boolean()),
  })
  .superRefine(
    fieldRules(
      ({
        relative_attention_max_distance: most = 128,
        relative_attention_num_buckets: buckets = 32,
      }) => [
        [
          "relative_attention_max_distance",
          most > buckets / 2,
          "must be above half of relative_attention_num_buckets",
        ],
      ],
    ),
  );

const configOf = (fields: z.infer<typeof fileSchema>): Seq2SeqConfig => {
  const tiedHead = fields.tie_word_embeddings ?? true;
  const isScaled = fields.scale_decoder_outputs ?? tiedHead;
  const gated = fields.feed_forward_proj === "gated-gelu";
  return {
    vocabSize: fields.vocab_size,
    nEmbd: fields.d_model,
    nLayer: fields.num_decoder_layers ?? fields.num_layers,
    encoderLayers: fields.num_layers,
    nHead: fields.num_heads,
    nKvHead: fields.num_heads,
    headDim: fields.d_kv,
    norm: { kind: "rms", eps: fields.layer_norm_epsilon ?? 1e-6, first: true },
    // the factor 1 / sqrt(headDim) is in the weights
    attention: { useBias: false, outputBias: false, qkNorm: false, scale: 1 },
    mlp: { hidden: fields.d_ff, activation: gated ? "geluTanh" : "relu", gated, useBias: false },
    positions: {
      kind: "relative",
      buckets: fields.relative_attention_num_buckets ?? 32,
      maxDistance: fields.relative_attention_max_distance ?? 128,
    },
    finalNorm: true,
    embeddingScale: 1,
    tiedHead,
    headScale: isScaled ? fields.d_model ** -0.5 : 1,
    dropout: fields.dropout_rate ?? 0.1,
    initStd: fields.initializer_factor ?? 1,
  };
};

const attentionNames = (own: string): AttentionNames => ({
  q: `${own}.q`,
  k: `${own}.k`,
  v: `${own}.v`,
  output: `${own}.o`,
});

const namesOf = (side: "encoder" | "decoder", layer: number, gated: boolean): BlockNames => {
  const own = `${side}.block.${layer}.layer`;
  const last = side === "encoder" ? 1 : 2;
  const mlp = `${own}.${last}.DenseReluDense`;
  return {
    ...attentionNames(`${own}.0.SelfAttention`),
    attentionNorm: `${own}.0.layer_norm`,
    ...(side === "encoder"
      ? {}
      : {
          crossNorm: `${own}.1.layer_norm`,
          cross: attentionNames(`${own}.1.EncDecAttention`),
        }),
    mlpNorm: `${own}.${last}.layer_norm`,
    ...(gated
      ? { gate: `${mlp}.wi_0`, up: `${mlp}.wi_1`, down: `${mlp}.wo` }
      : { up: `${mlp}.wi`, down: `${mlp}.wo` }),
  };
};

const sideRules = (
  config: Seq2SeqConfig,
  side: "encoder" | "decoder",
  layers: number,
): readonly WeightRule[] => {
  const { positions, nHead, nEmbd, mlp } = config;
  const bias = `${side}.block.0.layer.0.SelfAttention.relative_attention_bias`;
  return [
    ...Array.from({ length: layers }, (_, i) =>
      blockRules(config, [side, "blocks", i], namesOf(side, i, mlp.gated), i),
    ).flat(),
    ...(positions.kind === "relative"
      ? [tableRule([side, "bias"], bias, positions.buckets, nHead)]
      : []),
    ...normRules([side, "finalNorm"], `${side}.final_layer_norm`, nEmbd, false),
  ];
};

/** T5 in the files of Hugging Face. */
export type T5 = {
  /** The configuration in a parsed config.json, or every field that is wrong. */
  readonly configFromJson: (json: unknown) => Either<PretrainedError, Seq2SeqConfig>;
  /**
   * The config.json that Hugging Face's transformers reads, as an object. Throws ArgumentError with every part of the configuration
   * that it cannot say.
   */
  readonly configToJson: (config: Seq2SeqConfig) => Readonly<Record<string, unknown>>;
  /** Where the parameters lie in a checkpoint. */
  readonly weights: (config: Seq2SeqConfig) => WeightMap;
};

const configFromJson: T5["configFromJson"] = (json) =>
  parseConfig(fileSchema.transform(configOf), json, "t5");

const toJson = (config: Seq2SeqConfig): ConfigJson => {
  const { positions } = config;
  const relative = positions.kind === "relative" ? positions : undefined;
  return {
    model_type: "t5",
    architectures: ["T5ForConditionalGeneration"],
    is_encoder_decoder: true,
    pad_token_id: 0,
    eos_token_id: 1,
    decoder_start_token_id: 0, // padding starts a target
    vocab_size: config.vocabSize,
    d_model: config.nEmbd,
    d_kv: config.headDim,
    d_ff: config.mlp.hidden,
    num_layers: config.encoderLayers,
    num_decoder_layers: config.nLayer,
    num_heads: config.nHead,
    relative_attention_num_buckets: relative?.buckets,
    relative_attention_max_distance: relative?.maxDistance,
    dropout_rate: config.dropout,
    layer_norm_epsilon: config.norm.eps,
    initializer_factor: config.initStd,
    feed_forward_proj: config.mlp.gated ? "gated-gelu" : "relu",
    tie_word_embeddings: config.tiedHead,
    scale_decoder_outputs: config.headScale !== 1,
  };
};

/**
 * T5 and T5 1.1 (gated, untied): `seq2seq` with norms first, no biases, and a learned bias for each distance.
 * @see https://arxiv.org/abs/1910.10683
 */
export const t5: T5 = {
  configFromJson,
  configToJson: (config) =>
    writtenConfig(config, toJson(config), {
      operation: "t5.configToJson",
      read: configFromJson,
      explicit: explicitBlock,
    }),
  weights: (config) => ({
    rules: [
      tableRule(["wte"], "shared", config.vocabSize, config.nEmbd),
      ...sideRules(config, "encoder", config.encoderLayers),
      ...sideRules(config, "decoder", config.nLayer),
      ...(config.tiedHead
        ? []
        : linearRules(["head"], "lm_head", [config.nEmbd, config.vocabSize], false)),
    ],
    prefix: "",
    ignored: config.tiedHead
      ? /^(en|de)coder\.embed_tokens\.weight$|^lm_head\.weight$/
      : /^(en|de)coder\.embed_tokens\.weight$/,
  }),
};
