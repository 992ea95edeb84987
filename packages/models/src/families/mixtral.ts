import { z } from "zod";
import type { DecoderFamily } from "./decoder-family.ts";
import { absentIs, count, only, optional, positive, size } from "./fields.ts";
import { blockNames, llamaRules, llamaWeights } from "./llama.ts";
import { fieldRules } from "./field-rules.ts";
import { makeFamily } from "./make-family.ts";
import { mistralConfig, mistralFields, mistralToJson } from "./mistral.ts";

const fileSchema = z
  .object({
    model_type: only("mixtral"),
    ...mistralFields,
    rope_theta: absentIs(positive, 1e6),
    sliding_window: optional(size),
    num_local_experts: count,
    num_experts_per_tok: size,
  })
  .superRefine(
    fieldRules((fields) => [
      ...llamaRules(fields),
      [
        "num_experts_per_tok",
        fields.num_experts_per_tok <= fields.num_local_experts,
        "must be at most num_local_experts",
      ],
    ]),
  );

/**
 * Mixtral: Mistral with experts instead of MLPs, of which each token takes the best two or so.
 * @see https://arxiv.org/abs/2401.04088
 */
export const mixtral: DecoderFamily = makeFamily({
  name: "mixtral",
  modelType: "mixtral",
  schema: fileSchema.transform((fields) => {
    const experts = {
      nExpert: fields.num_local_experts,
      hidden: fields.intermediate_size,
      topK: fields.num_experts_per_tok,
      selectionBias: false,
      firstDense: 0,
    };
    return { ...mistralConfig(fields), experts };
  }),
  architecture: "MixtralForCausalLM",
  toJson: (config) => ({
    ...mistralToJson(config),
    intermediate_size: config.experts?.hidden,
    num_local_experts: config.experts?.nExpert,
    num_experts_per_tok: config.experts?.topK,
  }),
  weights: (config) =>
    llamaWeights(config, (layer) => {
      const own = `model.layers.${layer}.block_sparse_moe`;
      const expert = (index: number) => ({
        gate: `${own}.experts.${index}.w1`,
        up: `${own}.experts.${index}.w3`,
        down: `${own}.experts.${index}.w2`,
      });
      return { ...blockNames(layer), experts: { router: `${own}.gate`, expert } };
    }),
});
