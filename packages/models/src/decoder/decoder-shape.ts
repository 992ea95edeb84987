import { ArgumentError } from "@adjoint/core";
import { ownNormRules, linearRules, tableRule } from "../block/block-rules.ts";
import { blocksShape, hasStacks } from "../block/blocks-shape.ts";
import { type ParamsCheck, paramsCheck, type ParamsShape } from "../internal/check-params.ts";
import type { WeightRule } from "../pretrained/weight-rule.ts";
import type { DecoderConfig } from "./decoder-config.ts";
import type { AnyDecoderParams } from "./decoder-params.ts";
import { shortcutRules } from "./shortcuts.ts";
import { checkDecoderConfig } from "./decoder-schema.ts";

/** What the parameters of a decoder must be, at `path`. */
export const decoderShape = (
  config: DecoderConfig,
  params: unknown,
  path: WeightRule["path"] = [],
): ParamsShape => {
  const {
    vocabSize,
    vocabRows = vocabSize,
    contextLength,
    nEmbd,
    positions,
    tiedHead,
    norm,
  } = config;
  if (hasStacks(params) && config.shortcuts !== undefined)
    throw new ArgumentError({
      operation: "decoder",
      rule: "takes layers with shortcuts one by one",
      got: "stacked parameters",
      fix: "leave out decoder.stack",
    });
  const blocks = blocksShape(config, path, { stacked: hasStacks(params) });
  return {
    rules: [
      tableRule([...path, "wte"], "", vocabRows, nEmbd),
      ...(positions.kind === "learned"
        ? [tableRule([...path, "wpe"], "", contextLength, nEmbd)]
        : []),
      ...blocks.rules,
      ...shortcutRules(config, [...path, "shortcuts"]),
      ...ownNormRules(config, [...path, "finalNorm"], ""),
      ...(tiedHead ? [] : linearRules([...path, "head"], "", [nEmbd, vocabRows], false)),
    ],
    empty: [...(blocks.empty ?? []), ...(norm.useScale === false ? [[...path, "finalNorm"]] : [])],
  };
};

/** That parameters are those of a decoder's configuration. */
export const checkDecoder: ParamsCheck<AnyDecoderParams, DecoderConfig> = paramsCheck(
  "decoder",
  checkDecoderConfig,
  (config, params) => decoderShape(config, params),
);
