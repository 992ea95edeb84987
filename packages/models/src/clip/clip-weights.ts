import {
  type BlockNames,
  blockRules,
  linearRules,
  normRules,
  tableRule,
} from "../block/block-rules.ts";
import type { WeightMap } from "../pretrained/load-params.ts";
import type { WeightRule } from "../pretrained/weight-rule.ts";
import type { VitConfig } from "../vit/vit-config.ts";
import { patchRules, placesOf } from "../vit/vit-weights.ts";
import type { ClipConfig } from "./clip-config.ts";

type Path = WeightRule["path"];

const blockNames = (tower: string, layer: number): BlockNames => {
  const own = `${tower}encoder.layers.${layer}`;
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

/** Rules of CLIP's image tower at `path`, whose names begin with `tower`; SigLIP's has the same names. */
export const clipVisionRules = (
  config: VitConfig,
  path: Path,
  tower: string,
): readonly WeightRule[] => {
  const { nEmbd, nLayer, firstNorm, classToken = true } = config;
  const eyes = `${tower}embeddings`;
  return [
    ...(classToken
      ? [{ path: [...path, "classToken"], shape: [nEmbd], name: `${eyes}.class_embedding` }]
      : []),
    {
      path: [...path, "position"],
      shape: [placesOf(config), nEmbd],
      name: `${eyes}.position_embedding.weight`,
    },
    ...patchRules(config, [...path, "patch"], `${eyes}.patch_embedding`),
    ...(firstNorm ? normRules([...path, "firstNorm"], `${tower}pre_layrnorm`, nEmbd, true) : []),
    ...layers(nLayer, (i) => blockRules(config, [...path, "blocks", i], blockNames(tower, i), i)),
    ...normRules([...path, "finalNorm"], `${tower}post_layernorm`, nEmbd, true),
  ];
};

/** Where the parameters of CLIP lie in a checkpoint. */
export const clipWeights = ({ text, vision, projection }: ClipConfig): WeightMap => {
  const words = "text_model.embeddings";
  return {
    rules: [
      tableRule(["text", "wte"], `${words}.token_embedding`, text.vocabSize, text.nEmbd),
      tableRule(["text", "wpe"], `${words}.position_embedding`, text.contextLength, text.nEmbd),
      ...layers(text.nLayer, (i) =>
        blockRules(text, ["text", "blocks", i], blockNames("text_model.", i), i),
      ),
      ...normRules(["text", "finalNorm"], "text_model.final_layer_norm", text.nEmbd, true),
      ...clipVisionRules(vision, ["vision"], "vision_model."),
      ...linearRules(["textProjection"], "text_projection", [text.nEmbd, projection], false),
      ...linearRules(["visionProjection"], "visual_projection", [vision.nEmbd, projection], false),
      { path: ["logitScale"], shape: [], name: "logit_scale" },
    ],
    prefix: "",
    ignored: /embeddings\.position_ids$/,
  };
};
