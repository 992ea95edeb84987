import { z } from "zod";
import type { DecoderConfig } from "../decoder/decoder-config.ts";
import type { DecoderFamily } from "./decoder-family.ts";
import { absentIs, only, type Readers, size } from "./fields.ts";
import {
  llamaConfig,
  type LlamaFields,
  llamaFields,
  llamaRules,
  llamaToJson,
  llamaWeights,
} from "./llama.ts";
import { fieldRules } from "./field-rules.ts";
import { makeFamily } from "./make-family.ts";

/** What files of Mistral and Mixtral say. */
export type MistralFields = LlamaFields & { readonly sliding_window: number | undefined };

/** Fields that Mistral and Mixtral share. */
export const mistralFields: Readers<MistralFields> = {
  ...llamaFields,
  num_key_value_heads: absentIs(size, 8),
  sliding_window: absentIs(size, 4096),
};

/** Llama with the same window in every layer. */
export const mistralConfig = (fields: MistralFields): DecoderConfig => {
  const { num_hidden_layers: length, sliding_window: window } = fields;
  return llamaConfig(fields, {}, { windows: Array.from({ length }, () => window) });
};

/** The fields of a file that Mistral and Mixtral share. */
export const mistralToJson = (config: DecoderConfig): Readonly<Record<string, unknown>> => ({
  ...llamaToJson(config),
  sliding_window: config.windows[0] ?? null,
});

/**
 * Mistral: Llama whose tokens see a window of the last tokens in every layer.
 * @see https://arxiv.org/abs/2310.06825
 */
export const mistral: DecoderFamily = makeFamily({
  name: "mistral",
  modelType: "mistral",
  schema: z
    .object({ model_type: only("mistral"), ...mistralFields })
    .superRefine(fieldRules(llamaRules))
    .transform(mistralConfig),
  architecture: "MistralForCausalLM",
  toJson: mistralToJson,
  weights: (config) => llamaWeights(config),
});
