import { z } from "zod";
import { linearRules, normRules, tableRule } from "../block/block-rules.ts";
import type { DecoderConfig } from "../decoder/decoder-config.ts";
import { decoderConfig } from "../decoder/make-decoder-config.ts";
import type { WeightRule } from "../pretrained/weight-rule.ts";
import type { DecoderFamily } from "./decoder-family.ts";
import { count, only, optional, positive, rate, size } from "./fields.ts";
import { dividesWidth, fieldRules } from "./field-rules.ts";
import { makeFamily } from "./make-family.ts";

const fileSchema = z
  .object({
    model_type: only("gpt2"),
    vocab_size: size,
    n_positions: size,
    n_embd: size,
    n_layer: count,
    n_head: size,
    n_inner: optional(size),
    activation_function: only("gelu_new", "gelu_pytorch_tanh"),
    layer_norm_epsilon: optional(positive),
    initializer_range: optional(positive),
    resid_pdrop: optional(rate),
    tie_word_embeddings: optional(z.boolean()),
    scale_attn_weights: only(true),
    scale_attn_by_inverse_layer_idx: only(false),
    add_cross_attention: only(false),
  })
  .superRefine(
    fieldRules((fields) => [dividesWidth("n_head", fields.n_head, ["n_embd", fields.n_embd])]),
  );

const configOf = (fields: z.infer<typeof fileSchema>): DecoderConfig =>
  decoderConfig({
    vocabSize: fields.vocab_size,
    contextLength: fields.n_positions,
    nEmbd: fields.n_embd,
    nLayer: fields.n_layer,
    nHead: fields.n_head,
    positions: { kind: "learned" },
    norm: { kind: "layer", eps: fields.layer_norm_epsilon ?? 1e-5 },
    attention: { useBias: true, outputBias: true },
    mlp: {
      hidden: fields.n_inner ?? 4 * fields.n_embd,
      activation: "geluTanh",
      gated: false,
      useBias: true,
    },
    tiedHead: fields.tie_word_embeddings ?? true,
    dropout: fields.resid_pdrop ?? 0.1,
    initStd: fields.initializer_range ?? 0.02,
  });

type Path = WeightRule["path"];

/** Kernels as GPT-2's `Conv1D` has them: (in, out), as ours. */
const plain = (
  path: Path,
  name: string,
  shape: readonly [number, number],
): readonly WeightRule[] => [
  { path: [...path, "kernel"], shape, name: `${name}.weight` },
  { path: [...path, "bias"], shape: [shape[1]], name: `${name}.bias` },
];

/** Queries, keys and values lie side by side in one array. */
const packed = (path: Path, name: string, width: number): readonly WeightRule[] =>
  ["q", "k", "v"].flatMap((part, i): readonly WeightRule[] => {
    const at = { start: i * width, size: width };
    return [
      {
        path: [...path, part, "kernel"],
        shape: [width, width],
        name: `${name}.weight`,
        slice: { axis: 1, ...at },
      },
      {
        path: [...path, part, "bias"],
        shape: [width],
        name: `${name}.bias`,
        slice: { axis: 0, ...at },
      },
    ];
  });

const blockRules = ({ nEmbd, mlp }: DecoderConfig, i: number): readonly WeightRule[] => {
  const [path, name]: readonly [Path, string] = [["blocks", i], `transformer.h.${i}`];
  return [
    ...normRules([...path, "attentionNorm"], `${name}.ln_1`, nEmbd, true),
    ...packed([...path, "attention"], `${name}.attn.c_attn`, nEmbd),
    ...plain([...path, "attention", "projection"], `${name}.attn.c_proj`, [nEmbd, nEmbd]),
    ...normRules([...path, "mlpNorm"], `${name}.ln_2`, nEmbd, true),
    ...plain([...path, "mlp", "layers", 0], `${name}.mlp.c_fc`, [nEmbd, mlp.hidden]),
    ...plain([...path, "mlp", "layers", 1], `${name}.mlp.c_proj`, [mlp.hidden, nEmbd]),
  ];
};

/**
 * GPT-2: `decoder` with learned positions, layer norm and GELU. The rate of dropout is the file's `resid_pdrop`; files with other rates
 * for embeddings or attention load too, and train with this one.
 * @see https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf
 */
export const gpt2: DecoderFamily = makeFamily({
  name: "gpt2",
  modelType: "gpt2",
  schema: fileSchema.transform(configOf),
  architecture: "GPT2LMHeadModel",
  toJson: (config) => ({
    vocab_size: config.vocabSize,
    n_positions: config.contextLength,
    n_embd: config.nEmbd,
    n_layer: config.nLayer,
    n_head: config.nHead,
    n_inner: config.mlp.hidden === 4 * config.nEmbd ? null : config.mlp.hidden,
    activation_function: "gelu_new",
    layer_norm_epsilon: config.norm.eps,
    initializer_range: config.initStd,
    resid_pdrop: config.dropout,
    embd_pdrop: config.dropout,
    attn_pdrop: config.dropout,
    tie_word_embeddings: config.tiedHead,
  }),
  weights: (config) => ({
    rules: [
      tableRule(["wte"], "transformer.wte", config.vocabSize, config.nEmbd),
      tableRule(["wpe"], "transformer.wpe", config.contextLength, config.nEmbd),
      ...Array.from({ length: config.nLayer }, (_, i) => blockRules(config, i)).flat(),
      ...normRules(["finalNorm"], "transformer.ln_f", config.nEmbd, true),
      ...(config.tiedHead
        ? []
        : linearRules(["head"], "lm_head", [config.nEmbd, config.vocabSize], false)),
    ],
    prefix: "transformer.",
    ignored: config.tiedHead
      ? /\.attn\.(masked_)?bias$|^lm_head\.weight$/
      : /\.attn\.(masked_)?bias$/,
  }),
});
