import { z } from "zod";
import { parseConfig } from "../pretrained/parse-config.ts";
import type { DecoderFamily } from "./decoder-family.ts";
import { optional, size } from "./fields.ts";
import { llamaConfig, llamaFields, llamaToJson, llamaWeights } from "./llama.ts";

const fileSchema = z.object({ ...llamaFields, sliding_window: optional(size) });

/**
 * Mistral: Llama whose tokens see a window of the last tokens in every layer.
 * @see https://arxiv.org/abs/2310.06825
 */
export const mistral: DecoderFamily = {
  modelType: "mistral",
  configFromJson: (json) =>
    parseConfig(
      fileSchema.transform((fields) => {
        const windows = Array.from(
          { length: fields.num_hidden_layers },
          () => fields.sliding_window,
        );
        return llamaConfig(fields, {}, { windows });
      }),
      json,
      "mistral",
    ),
  configToJson: (config) => ({
    model_type: "mistral",
    architectures: ["MistralForCausalLM"],
    ...llamaToJson(config),
    sliding_window: config.windows[0] ?? null,
  }),
  weights: (config) => llamaWeights(config),
};
