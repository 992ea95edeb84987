import { z } from "zod";
import type { BlockNames } from "../block/block-rules.ts";
import type { DecoderConfig } from "../decoder/decoder-config.ts";
import type { DecoderFamily } from "./decoder-family.ts";
import { count, flag, only, optional, place, positive, size } from "./fields.ts";
import {
  blockNames,
  llamaConfig,
  llamaFields,
  llamaRules,
  llamaToJson,
  llamaWeights,
} from "./llama.ts";
import { type FieldRule, fieldRules } from "./field-rules.ts";
import { makeFamily } from "./make-family.ts";

const fileSchema = z.object({
  model_type: only("deepseek_v3"),
  ...llamaFields,
  attention_bias: only(false),
  rope_interleave: only(true),
  q_lora_rank: optional(size),
  kv_lora_rank: size,
  qk_nope_head_dim: size,
  qk_rope_head_dim: size,
  v_head_dim: size,
  moe_intermediate_size: size,
  n_routed_experts: count,
  n_shared_experts: optional(size),
  num_experts_per_tok: size,
  n_group: optional(size),
  topk_group: optional(size),
  norm_topk_prob: flag,
  routed_scaling_factor: optional(positive),
  first_k_dense_replace: place,
});

type Fields = z.infer<typeof fileSchema>;

const rulesOf = (fields: Fields): readonly FieldRule[] => {
  const { n_routed_experts: experts, num_experts_per_tok: topK, n_group, topk_group } = fields;
  const [groups, kept] = [n_group ?? 1, topk_group ?? 1];
  return [
    ...llamaRules({ ...fields, head_dim: fields.qk_rope_head_dim }).map(
      ([field, ...others]): FieldRule => [
        field === "head_dim" ? "qk_rope_head_dim" : field,
        ...others,
      ],
    ),
    ["n_group", experts % groups === 0, "must divide n_routed_experts"],
    ["topk_group", kept <= groups, "must be at most n_group"],
    [
      "num_experts_per_tok",
      topK <= (experts / groups) * kept,
      "must be at most the experts of the groups that are kept",
    ],
    [
      "first_k_dense_replace",
      fields.first_k_dense_replace <= fields.num_hidden_layers,
      "must be at most num_hidden_layers",
    ],
  ];
};

const expertsOf = (fields: Fields): DecoderConfig["experts"] => ({
  nExpert: fields.n_routed_experts,
  hidden: fields.moe_intermediate_size,
  topK: fields.num_experts_per_tok,
  gate: "sigmoid",
  renormalize: fields.norm_topk_prob,
  scale: fields.routed_scaling_factor ?? 1,
  groups: { count: fields.n_group ?? 1, keep: fields.topk_group ?? 1 },
  ...(fields.n_shared_experts === undefined
    ? {}
    : { sharedHidden: fields.n_shared_experts * fields.moe_intermediate_size }),
  selectionBias: true,
  firstDense: fields.first_k_dense_replace,
});

/** Scores of longer contexts are scaled up by the square of YaRN's factor for all dimensions. */
const scaleOf = (config: DecoderConfig, headDim: number): number => {
  const { positions } = config;
  const scaling = positions.kind === "rope" ? positions.scaling : undefined;
  if (scaling?.kind !== "yarn" || scaling.mscaleAllDim === undefined) return headDim ** -0.5;
  const factor =
    scaling.factor <= 1 ? 1 : 0.1 * scaling.mscaleAllDim * Math.log(scaling.factor) + 1;
  return headDim ** -0.5 * factor * factor;
};

const configOf = (fields: Fields): DecoderConfig => {
  const { qk_nope_head_dim: plainDim, qk_rope_head_dim: ropeDim } = fields;
  const base = llamaConfig({ ...fields, head_dim: plainDim + ropeDim }, {});
  const { positions } = base;
  const experts = expertsOf(fields);
  return {
    ...base,
    positions: positions.kind === "rope" ? { ...positions, layout: "interleaved" } : positions,
    attention: { ...base.attention, scale: scaleOf(base, plainDim + ropeDim) },
    latent: {
      kvRank: fields.kv_lora_rank,
      ...(fields.q_lora_rank === undefined ? {} : { qRank: fields.q_lora_rank }),
      plainDim,
      ropeDim,
      valueDim: fields.v_head_dim,
    },
    ...(experts === undefined ? {} : { experts }),
  };
};

const namesOf = (layer: number): BlockNames => {
  const own = `model.layers.${layer}`;
  const mlp = (name: string) => ({
    gate: `${own}.mlp.${name}.gate_proj`,
    up: `${own}.mlp.${name}.up_proj`,
    down: `${own}.mlp.${name}.down_proj`,
  });
  return {
    ...blockNames(layer),
    latent: {
      q: `${own}.self_attn.q_proj`,
      qDown: `${own}.self_attn.q_a_proj`,
      qNorm: `${own}.self_attn.q_a_layernorm`,
      qUp: `${own}.self_attn.q_b_proj`,
      kvDown: `${own}.self_attn.kv_a_proj_with_mqa`,
      kvNorm: `${own}.self_attn.kv_a_layernorm`,
      kvUp: `${own}.self_attn.kv_b_proj`,
    },
    experts: {
      router: `${own}.mlp.gate`,
      selectionBias: `${own}.mlp.gate.e_score_correction_bias`,
      expert: (index) => mlp(`experts.${index}`),
      shared: mlp("shared_experts"),
    },
  };
};

/**
 * DeepSeek-V3: keys and values from latent vectors, and experts that are chosen within groups by scores whose bias balances them.
 * Its head for the token after next is no part of it.
 * @see https://arxiv.org/abs/2412.19437
 */
export const deepseek: DecoderFamily = makeFamily({
  name: "deepseek",
  modelType: "deepseek_v3",
  schema: fileSchema.superRefine(fieldRules(rulesOf)).transform(configOf),
  architecture: "DeepseekV3ForCausalLM",
  toJson: (config) => {
    const { latent, experts } = config;
    const sharedHidden = experts?.sharedHidden ?? 0;
    return {
      ...llamaToJson(config),
      head_dim: latent?.ropeDim,
      rope_interleave: true,
      q_lora_rank: latent?.qRank ?? null,
      kv_lora_rank: latent?.kvRank,
      qk_nope_head_dim: latent?.plainDim,
      qk_rope_head_dim: latent?.ropeDim,
      v_head_dim: latent?.valueDim,
      moe_intermediate_size: experts?.hidden,
      n_routed_experts: experts?.nExpert,
      n_shared_experts: sharedHidden === 0 ? null : sharedHidden / (experts?.hidden ?? 1),
      num_experts_per_tok: experts?.topK,
      n_group: experts?.groups?.count ?? 1,
      topk_group: experts?.groups?.keep ?? 1,
      norm_topk_prob: experts?.renormalize ?? true,
      routed_scaling_factor: experts?.scale ?? 1,
      first_k_dense_replace: experts?.firstDense,
    };
  },
  weights: (config) => {
    const map = llamaWeights(config, namesOf);
    // the layers after the last predict the token after next
    const next = `^model\\.layers\\.${config.nLayer}\\.`;
    return { ...map, ignored: new RegExp(`${map.ignored.source}|${next}`) };
  },
});
