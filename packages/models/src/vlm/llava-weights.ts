import { linearRules } from "../block/block-rules.ts";
import type { WeightMap } from "../pretrained/load-params.ts";
import { renameSource, type WeightSource } from "../pretrained/weight-source.ts";
import { familyOf } from "./text-family.ts";
import { towerOf } from "./vision-tower.ts";
import type { VlmConfig } from "./vlm-config.ts";

/** Where the parameters of a vision-language model lie in a checkpoint of LLaVA. */
export const llavaWeights = (config: VlmConfig): WeightMap => {
  const { vision, text, featureLayers, projector } = config;
  const { rules, empty = [] } = familyOf(text).weights(text);
  const seen = vision.nEmbd * featureLayers.length;
  const layer = (i: number, inFeatures: number) =>
    linearRules(
      ["projector", "layers", i],
      `multi_modal_projector.linear_${i + 1}`,
      [inFeatures, text.nEmbd],
      projector.useBias,
    );
  const tied = text.tiedHead ? "|^language_model\\.lm_head\\.weight$" : "";
  return {
    rules: [
      ...towerOf(vision).rules(vision, ["vision"], "vision_tower."),
      ...layer(0, seen),
      ...layer(1, text.nEmbd),
      ...rules.map((rule) => ({
        ...rule,
        path: ["text", ...rule.path],
        name: `language_model.${rule.name}`,
      })),
    ],
    empty: empty.map((path) => ["text", ...path]),
    prefix: "",
    // what pools an image into one vector is not looked at
    ignored: new RegExp(
      `position_ids$|rotary_emb\\.inv_freq$|^vision_tower\\.(pooler|head)\\.${tied}`,
    ),
  };
};

/** Beginnings of names that other versions of transformers write, and those that `llavaWeights` has. */
const beginnings: readonly (readonly [RegExp, string])[] = [
  [/^model\.language_model\./, "language_model.model."],
  [/^lm_head\./, "language_model.lm_head."],
  [/^model\.(?=vision_tower\.|multi_modal_projector\.)/, ""],
  [/^vision_tower\.vision_model\./, "vision_tower."],
];

/** A checkpoint of LLaVA from any version of transformers, with the names that `llavaWeights` has. */
export const llavaSource = (source: WeightSource): WeightSource =>
  renameSource(source, (name) =>
    beginnings.reduce((text, [before, now]) => text.replace(before, now), name),
  );
