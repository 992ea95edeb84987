import { z } from "zod";
import type { DecoderConfig } from "../decoder/decoder-config.ts";
import type { DecoderFamily } from "./decoder-family.ts";
import { flag, only, positive } from "./fields.ts";
import {
  blockNames,
  llamaConfig,
  llamaFields,
  llamaRules,
  llamaToJson,
  llamaWeights,
} from "./llama.ts";
import { fieldRules } from "./field-rules.ts";
import { makeFamily } from "./make-family.ts";

const fileSchema = z
  .object({
    model_type: only("nanochat"),
    ...llamaFields,
    hidden_act: only("relu2"),
    attention_bias: flag,
    // null is no cap, and what is left out is nanochat's own
    final_logit_softcapping: positive.nullable().default(15),
  })
  .superRefine(fieldRules(llamaRules));

type Fields = z.infer<typeof fileSchema>;

const configOf = (fields: Fields): DecoderConfig => {
  const { attention_bias: useBias, final_logit_softcapping: logitCap } = fields;
  const qkNorms = { qkNorm: true, qkScale: false };
  const base = llamaConfig(fields, { useBias, outputBias: useBias, ...qkNorms });
  const { norm, mlp, positions } = base;
  return {
    ...base,
    norm: { ...norm, useScale: false },
    mlp: { ...mlp, activation: "relu2", gated: false },
    positions: positions.kind === "rope" ? { ...positions, reversed: true } : positions,
    embeddingNorm: true,
    ...(logitCap === null ? {} : { logitCap }),
  };
};

/**
 * nanochat's GPT as transformers has it: Llama's attention with normalised queries and keys, an MLP with squared ReLU that is not
 * gated, norms without parameters, one of them right after the embedding, and scores held between -15 and 15. Rotations go the
 * other way than Llama's.
 * @see https://github.com/karpathy/nanochat
 */
export const nanochat: DecoderFamily = makeFamily({
  name: "nanochat",
  modelType: "nanochat",
  schema: fileSchema.transform(configOf),
  architecture: "NanoChatForCausalLM",
  toJson: (config) => ({
    ...llamaToJson(config),
    hidden_act: "relu2",
    attention_bias: config.attention.useBias,
    final_logit_softcapping: config.logitCap ?? null,
  }),
  weights: (config) =>
    llamaWeights(config, (layer) => {
      const own = `model.layers.${layer}.mlp`;
      return { ...blockNames(layer), up: `${own}.fc1`, down: `${own}.fc2` };
    }),
});
