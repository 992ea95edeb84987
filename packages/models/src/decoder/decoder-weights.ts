import {
  type BlockNames,
  blockRules,
  emptyParts,
  linearRules,
  ownNormRules,
  tableRule,
} from "../block/block-rules.ts";
import type { WeightRule } from "../pretrained/weight-rule.ts";
import type { DecoderConfig } from "./decoder-config.ts";

/** Names that a family gives to the parts of a decoder. */
export type DecoderNames = {
  readonly wte: string;
  readonly wpe?: string;
  readonly block: (layer: number) => BlockNames;
  readonly finalNorm: string;
  readonly head: string;
};

/** Where the parameters of a decoder lie in checkpoints whose linear layers are PyTorch's. */
export const decoderRules = (config: DecoderConfig, names: DecoderNames): readonly WeightRule[] => {
  const {
    vocabSize,
    vocabRows = vocabSize,
    contextLength,
    nEmbd,
    nLayer,
    positions,
    tiedHead,
  } = config;
  return [
    tableRule(["wte"], names.wte, vocabRows, nEmbd),
    ...(positions.kind === "learned"
      ? [tableRule(["wpe"], names.wpe ?? "", contextLength, nEmbd)]
      : []),
    ...Array.from({ length: nLayer }, (_, i) =>
      blockRules(config, ["blocks", i], names.block(i), i),
    ).flat(),
    ...ownNormRules(config, ["finalNorm"], names.finalNorm),
    ...(tiedHead ? [] : linearRules(["head"], names.head, [nEmbd, vocabRows], false)),
  ];
};

/** Parts of a decoder that have no parameters, and so no rules. */
export const emptyDecoderParts = (config: DecoderConfig): readonly WeightRule["path"][] => [
  ...Array.from({ length: config.nLayer }, (_, i) => emptyParts(config, ["blocks", i])).flat(),
  ...(config.norm.useScale === false ? [["finalNorm"]] : []),
];
