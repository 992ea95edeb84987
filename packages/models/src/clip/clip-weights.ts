import {
  type BlockNames,
  blockRules,
  linearRules,
  normRules,
  tableRule,
} from "../block/block-rules.ts";
import type { WeightMap } from "../pretrained/load-params.ts";
import { patchRules, placesOf } from "../vit/vit-weights.ts";
import type { ClipConfig } from "./clip-config.ts";

const blockNames = (tower: "text_model" | "vision_model", layer: number): BlockNames => {
  const own = `${tower}.encoder.layers.${layer}`;
  return {
    attentionNorm: `${own}.layer_norm1`,
    q: `${own}.self_attn.q_proj`,
    k: `${own}.self_attn.k_proj`,
    v: `${own}.self_attn.v_proj`,
    output: `${own}.self_attn.out_proj`,
    mlpNorm: `${own}.layer_norm2`,
    up: `${own}.mlp.fc1`,
    down: `${own}.mlp.fc2`,
  };
};

const layers = <T>(count: number, of: (layer: number) => readonly T[]): readonly T[] =>
  Array.from({ length: count }, (_, i) => of(i)).flat();

/** Where the parameters of CLIP lie in a checkpoint. */
export const clipWeights = ({ text, vision, projection }: ClipConfig): WeightMap => {
  const [words, eyes] = ["text_model.embeddings", "vision_model.embeddings"];
  return {
    rules: [
      tableRule(["text", "wte"], `${words}.token_embedding`, text.vocabSize, text.nEmbd),
      tableRule(["text", "wpe"], `${words}.position_embedding`, text.contextLength, text.nEmbd),
      ...layers(text.nLayer, (i) =>
        blockRules(text, ["text", "blocks", i], blockNames("text_model", i), i),
      ),
      ...normRules(["text", "finalNorm"], "text_model.final_layer_norm", text.nEmbd, true),
      { path: ["vision", "classToken"], shape: [vision.nEmbd], name: `${eyes}.class_embedding` },
      {
        path: ["vision", "position"],
        shape: [placesOf(vision), vision.nEmbd],
        name: `${eyes}.position_embedding.weight`,
      },
      ...patchRules(vision, ["vision", "patch"], `${eyes}.patch_embedding`),
      ...normRules(["vision", "firstNorm"], "vision_model.pre_layrnorm", vision.nEmbd, true),
      ...layers(vision.nLayer, (i) =>
        blockRules(vision, ["vision", "blocks", i], blockNames("vision_model", i), i),
      ),
      ...normRules(["vision", "finalNorm"], "vision_model.post_layernorm", vision.nEmbd, true),
      ...linearRules(["textProjection"], "text_projection", [text.nEmbd, projection], false),
      ...linearRules(["visionProjection"], "visual_projection", [vision.nEmbd, projection], false),
      { path: ["logitScale"], shape: [], name: "logit_scale" },
    ],
    prefix: "",
    ignored: /embeddings\.position_ids$/,
  };
};
