import { linearRules } from "../block/block-rules.ts";
import { decoderShape } from "../decoder/decoder-shape.ts";
import { type ParamsCheck, paramsCheck } from "../internal/check-params.ts";
import { vitShape } from "../vit/vit-shape.ts";
import type { AnyVlmParams } from "./vlm.ts";
import { checkVlmConfig, type VlmConfig } from "./vlm-config.ts";

/** That parameters are those of a configuration of a vision-language model. */
export const checkVlm: ParamsCheck<AnyVlmParams, VlmConfig> = paramsCheck(
  "vlm",
  checkVlmConfig,
  (config, params) => {
    const { featureLayers, projector } = config;
    const text = decoderShape(config.text, params.text, ["text"]);
    const vision = vitShape(config.vision, params.vision, ["vision"]);
    const layer = (i: number, width: number) =>
      linearRules(["projector", "layers", i], "", [width, config.text.nEmbd], projector.useBias);
    return {
      rules: [
        ...vision.rules,
        ...layer(0, config.vision.nEmbd * featureLayers.length),
        ...layer(1, config.text.nEmbd),
        ...text.rules,
      ],
      empty: [...(text.empty ?? []), ...(vision.empty ?? [])],
    };
  },
);
