import { z } from "zod";
import type { BlockNames } from "../block/block-rules.ts";
import { decoderRules, emptyDecoderParts } from "../decoder/decoder-weights.ts";
import type { DecoderConfig } from "../decoder/decoder-config.ts";
import { decoderConfig } from "../decoder/make-decoder-config.ts";
import { largestSize } from "../internal/sizes.ts";
import type { WeightMap } from "../pretrained/load-params.ts";
import type { DecoderFamily } from "./decoder-family.ts";
import { count, flag, only, optional, positive, type Readers, size } from "./fields.ts";
import { dividesWidth, type FieldRule, fieldRules } from "./field-rules.ts";
import { makeFamily } from "./make-family.ts";
import {
  contextLengthOf,
  positionsOf,
  positionsToJson,
  type RopeFields,
  ropeFields,
} from "./rope-fields.ts";

/** What files of Llama, Mistral and Qwen3 all say. */
export type LlamaFields = RopeFields & {
  readonly vocab_size: number;
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly num_key_value_heads: number | undefined;
  readonly head_dim: number | undefined;
  readonly hidden_act: unknown;
  readonly rms_norm_eps: number;
  readonly tie_word_embeddings: boolean;
  readonly initializer_range: number | undefined;
};

/** Fields that Llama, Mistral and Qwen3 share. */
export const llamaFields: Readers<LlamaFields> = {
  vocab_size: size,
  hidden_size: size,
  intermediate_size: size,
  num_hidden_layers: count,
  num_attention_heads: size,
  num_key_value_heads: optional(size),
  head_dim: optional(size),
  hidden_act: only("silu"),
  rms_norm_eps: positive,
  tie_word_embeddings: flag,
  initializer_range: optional(positive),
  ...ropeFields,
};

/** What fields that Llama, Mistral and Qwen3 share must be to fit together. */
export const llamaRules = (fields: LlamaFields): readonly FieldRule[] => {
  const { hidden_size: width, num_attention_heads: heads, head_dim: headDim } = fields;
  const parameters = fields.rope_parameters === undefined ? "rope_scaling" : "rope_parameters";
  const size = headDim ?? width / heads;
  const { rope_type, type } = fields.rope_parameters ?? fields.rope_scaling ?? {};
  return [
    ...(headDim === undefined
      ? [dividesWidth("num_attention_heads", heads, ["hidden_size", width])]
      : []),
    [
      "num_key_value_heads",
      heads % (fields.num_key_value_heads ?? heads) === 0,
      "must divide num_attention_heads",
    ],
    [
      headDim === undefined ? "num_attention_heads" : "head_dim",
      !Number.isInteger(size) || size % 2 === 0,
      `must give heads of even size for rotary positions, got ${size}`,
    ],
    [
      `${parameters}.factor`,
      contextLengthOf(fields) <= largestSize,
      "must not stretch the context beyond all places",
    ],
    [
      `${parameters}.rope_type`,
      size !== 2 || (rope_type ?? type) !== "dynamic",
      "must not be dynamic for heads of size 2",
    ],
  ];
};

/** The parts of a configuration that Llama, Mistral and Qwen3 read alike. */
export const llamaConfig = (
  fields: LlamaFields,
  attention: Partial<DecoderConfig["attention"]>,
  {
    windows,
    mlpBias = false,
  }: {
    readonly windows?: DecoderConfig["windows"];
    readonly mlpBias?: boolean;
  } = {},
): DecoderConfig =>
  decoderConfig({
    ...(windows === undefined ? {} : { windows }),
    vocabSize: fields.vocab_size,
    contextLength: contextLengthOf(fields),
    nEmbd: fields.hidden_size,
    nLayer: fields.num_hidden_layers,
    nHead: fields.num_attention_heads,
    nKvHead: fields.num_key_value_heads ?? fields.num_attention_heads,
    headDim: fields.head_dim ?? fields.hidden_size / fields.num_attention_heads,
    positions: positionsOf(fields),
    norm: { kind: "rms", eps: fields.rms_norm_eps },
    attention,
    mlp: { hidden: fields.intermediate_size, activation: "silu", gated: true, useBias: mlpBias },
    tiedHead: fields.tie_word_embeddings,
    initStd: fields.initializer_range ?? 0.02,
  });

/** The fields of a file that Llama, Mistral and Qwen3 share. */
export const llamaToJson = (config: DecoderConfig): Readonly<Record<string, unknown>> => ({
  vocab_size: config.vocabSize,
  max_position_embeddings: config.contextLength,
  hidden_size: config.nEmbd,
  intermediate_size: config.mlp.hidden,
  num_hidden_layers: config.nLayer,
  num_attention_heads: config.nHead,
  num_key_value_heads: config.nKvHead,
  head_dim: config.headDim,
  hidden_act: "silu",
  rms_norm_eps: config.norm.eps,
  tie_word_embeddings: config.tiedHead,
  initializer_range: config.initStd,
  ...positionsToJson(config),
});

/** Names of the arrays of a block. */
export const blockNames = (layer: number): BlockNames => {
  const own = `model.layers.${layer}`;
  return {
    attentionNorm: `${own}.input_layernorm`,
    q: `${own}.self_attn.q_proj`,
    k: `${own}.self_attn.k_proj`,
    v: `${own}.self_attn.v_proj`,
    output: `${own}.self_attn.o_proj`,
    qNorm: `${own}.self_attn.q_norm`,
    kNorm: `${own}.self_attn.k_norm`,
    mlpNorm: `${own}.post_attention_layernorm`,
    gate: `${own}.mlp.gate_proj`,
    up: `${own}.mlp.up_proj`,
    down: `${own}.mlp.down_proj`,
  };
};

/** Where the parameters of a model with Llama's names lie. */
export const llamaWeights = (
  config: DecoderConfig,
  block: (layer: number) => BlockNames = blockNames,
): WeightMap => ({
  rules: decoderRules(config, {
    wte: "model.embed_tokens",
    block,
    finalNorm: "model.norm",
    head: "lm_head",
  }),
  empty: emptyDecoderParts(config),
  prefix: "model.",
  ignored: config.tiedHead ? /rotary_emb\.inv_freq$|^lm_head\.weight$/ : /rotary_emb\.inv_freq$/,
});

const fileSchema = z
  .object({ model_type: only("llama"), ...llamaFields, attention_bias: flag, mlp_bias: flag })
  .superRefine(fieldRules(llamaRules));

/**
 * Llama 1 to 3.3: `decoder` with rotary positions, RMS norm, SwiGLU and grouped key heads.
 * @see https://arxiv.org/abs/2302.13971
 * @see https://arxiv.org/abs/2407.21783
 *
 * ```ts doctest
 * import { llama } from "@adjoint/models";
 * const sizes = { vocab_size: 32000, hidden_size: 64, intermediate_size: 128, num_hidden_layers: 2, num_attention_heads: 4 };
 * const config = llama.configFromJson({ ...sizes, max_position_embeddings: 512, rms_norm_eps: 1e-5 });
 * config._tag === "Right" && config.right.headDim; // => 16
 * const wrong = llama.configFromJson({ ...sizes, rms_norm_eps: "small" });
 * wrong._tag === "Left" && wrong.left.problems.length; // => 2
 * ```
 */
export const llama: DecoderFamily = makeFamily({
  name: "llama",
  modelType: "llama",
  schema: fileSchema.transform((fields) => {
    const { attention_bias: useBias, mlp_bias: mlpBias } = fields;
    return llamaConfig(fields, { useBias, outputBias: useBias }, { mlpBias });
  }),
  architecture: "LlamaForCausalLM",
  toJson: (config) => ({
    ...llamaToJson(config),
    attention_bias: config.attention.useBias,
    mlp_bias: config.mlp.useBias,
  }),
  weights: (config) => llamaWeights(config),
});
