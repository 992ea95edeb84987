import { z } from "zod";
import type { DecoderFamily } from "./decoder-family.ts";
import { absentIs, only, size } from "./fields.ts";
import { llamaConfig, llamaFields, llamaRules, llamaToJson, llamaWeights } from "./llama.ts";
import { fieldRules } from "./field-rules.ts";
import { makeFamily } from "./make-family.ts";

/**
 * Qwen2 and Qwen2.5: Llama whose queries, keys and values have biases.
 * @see https://arxiv.org/abs/2407.10671
 */
export const qwen2: DecoderFamily = makeFamily({
  name: "qwen2",
  modelType: "qwen2",
  schema: z
    .object({
      model_type: only("qwen2"),
      ...llamaFields,
      num_key_value_heads: absentIs(size, 32),
      use_sliding_window: only(false),
    })
    .superRefine(fieldRules(llamaRules))
    .transform((fields) => llamaConfig(fields, { useBias: true, outputBias: false })),
  architecture: "Qwen2ForCausalLM",
  toJson: (config) => ({ ...llamaToJson(config), use_sliding_window: false }),
  weights: (config) => llamaWeights(config),
});
