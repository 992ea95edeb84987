import { z } from "zod";
import type { DecoderFamily } from "./decoder-family.ts";
import { absentIs, flag, only, optional, place, size } from "./fields.ts";
import { llamaConfig, llamaFields, llamaRules, llamaToJson, llamaWeights } from "./llama.ts";
import { fieldRules } from "./field-rules.ts";
import { makeFamily } from "./make-family.ts";

const fileSchema = z
  .object({
    model_type: only("qwen3"),
    ...llamaFields,
    attention_bias: flag,
    use_sliding_window: flag,
    num_key_value_heads: absentIs(size, 32),
    sliding_window: absentIs(size, 4096),
    max_window_layers: optional(place),
    layer_types: optional(z.array(z.enum(["full_attention", "sliding_attention"]))),
  })
  .superRefine(
    fieldRules((fields) => {
      const { layer_types: types, num_hidden_layers: layers } = fields;
      return [
        ...llamaRules({ ...fields, head_dim: fields.head_dim ?? 128 }),
        [
          "layer_types",
          types === undefined || types.length === layers,
          `must have one entry for each of ${layers} layers, got ${types?.length}`,
        ],
      ];
    }),
  );

type Fields = z.infer<typeof fileSchema>;

/** Which layers have a window: those that the file names, or those from `max_window_layers` on. */
const windowsOf = (fields: Fields): readonly (number | undefined)[] => {
  const { use_sliding_window: used, sliding_window: window, max_window_layers: full = 28 } = fields;
  return Array.from({ length: fields.num_hidden_layers }, (_, i) => {
    if (!used) return undefined;
    const isSliding =
      fields.layer_types === undefined ? i >= full : fields.layer_types[i] === "sliding_attention";
    return isSliding ? window : undefined;
  });
};

/**
 * Qwen3: Llama with normalised queries and keys, and heads whose size does not follow from the width.
 * @see https://arxiv.org/abs/2505.09388
 */
export const qwen3: DecoderFamily = makeFamily({
  name: "qwen3",
  modelType: "qwen3",
  schema: fileSchema.transform((fields) =>
    llamaConfig(
      { ...fields, head_dim: fields.head_dim ?? 128 },
      {
        qkNorm: true,
        useBias: fields.attention_bias,
        outputBias: fields.attention_bias,
      },
      { windows: windowsOf(fields) },
    ),
  ),
  architecture: "Qwen3ForCausalLM",
  toJson: (config) => {
    const { windows, attention } = config;
    const window = windows.find((size) => size !== undefined);
    return {
      ...llamaToJson(config),
      attention_bias: attention.useBias,
      use_sliding_window: window !== undefined,
      sliding_window: window ?? null,
      layer_types: windows.map((size) =>
        size === undefined ? "full_attention" : "sliding_attention",
      ),
    };
  },
  weights: (config) => llamaWeights(config),
});
