import { linearRules } from "../block/block-rules.ts";
import { decoderShape } from "../decoder/decoder-shape.ts";
import { type ParamsCheck, paramsCheck } from "../internal/check-params.ts";
import { vitShape } from "../vit/vit-shape.ts";
import type { AnyClipParams } from "./clip.ts";
import { checkClipConfig, type ClipConfig } from "./clip-config.ts";

/** That parameters are those of a configuration of CLIP. */
export const checkClip: ParamsCheck<AnyClipParams, ClipConfig> = paramsCheck(
  "clip",
  checkClipConfig,
  (config, params) => {
    const { projection } = config;
    const text = decoderShape(config.text, params.text, ["text"]);
    const vision = vitShape(config.vision, params.vision, ["vision"]);
    return {
      rules: [
        ...text.rules,
        ...vision.rules,
        ...linearRules(["textProjection"], "", [config.text.nEmbd, projection], false),
        ...linearRules(["visionProjection"], "", [config.vision.nEmbd, projection], false),
        { path: ["logitScale"], shape: [] },
      ],
      empty: [...(text.empty ?? []), ...(vision.empty ?? [])],
    };
  },
);
