import { normRules } from "../block/block-rules.ts";
import { blocksShape, hasStacks } from "../block/blocks-shape.ts";
import { type ParamsCheck, paramsCheck, type ParamsShape } from "../internal/check-params.ts";
import type { WeightRule } from "../pretrained/weight-rule.ts";
import { checkVitConfig, type VitConfig } from "./vit-config.ts";
import { patchRules, placesOf } from "./vit-weights.ts";

/** What the parameters of a Vision Transformer must be, at `path`. */
export const vitShape = (
  config: VitConfig,
  params: unknown,
  path: WeightRule["path"] = [],
): ParamsShape => {
  const { nEmbd, firstNorm, classToken = true } = config;
  const blocks = blocksShape(config, path, { stacked: hasStacks(params) });
  return {
    ...blocks,
    rules: [
      ...patchRules(config, [...path, "patch"], ""),
      ...(classToken ? [{ path: [...path, "classToken"], shape: [nEmbd] }] : []),
      { path: [...path, "position"], shape: [placesOf(config), nEmbd] },
      ...(firstNorm ? normRules([...path, "firstNorm"], "", nEmbd, true) : []),
      ...blocks.rules,
      ...normRules([...path, "finalNorm"], "", nEmbd, true),
    ],
  };
};

/** That parameters are those of a Vision Transformer's configuration. */
export const checkVit: ParamsCheck<object, VitConfig> = paramsCheck(
  "vit",
  checkVitConfig,
  (config, params) => vitShape(config, params),
);
