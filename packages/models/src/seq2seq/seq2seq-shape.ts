import { linearRules, ownNormRules, tableRule } from "../block/block-rules.ts";
import { blocksShape, hasStacks } from "../block/blocks-shape.ts";
import { type ParamsCheck, paramsCheck, type ParamsShape } from "../internal/check-params.ts";
import type { AnySeq2SeqParams } from "./seq2seq-params.ts";
import { checkSeq2SeqConfig, type Seq2SeqConfig } from "./seq2seq-config.ts";

const sideShape = (
  config: Seq2SeqConfig,
  side: "encoder" | "decoder",
  params: unknown,
): ParamsShape => {
  const { positions, nHead, finalNorm } = config;
  const hasCross = side === "decoder";
  const blocks = blocksShape(config, [side], { stacked: hasStacks(params), hasCross });
  return {
    ...blocks,
    rules: [
      ...blocks.rules,
      ...(positions.kind === "relative"
        ? [tableRule([side, "bias"], "", positions.buckets, nHead)]
        : []),
      ...(finalNorm ? ownNormRules(config, [side, "finalNorm"], "") : []),
    ],
  };
};

/** That parameters are those of a configuration of an encoder-decoder. */
export const checkSeq2Seq: ParamsCheck<AnySeq2SeqParams, Seq2SeqConfig> = paramsCheck(
  "seq2seq",
  checkSeq2SeqConfig,
  (config, params) => {
    const { vocabSize, nEmbd, encoderLayers, tiedHead } = config;
    const sides = [
      sideShape({ ...config, nLayer: encoderLayers }, "encoder", params.encoder),
      sideShape(config, "decoder", params.decoder),
    ];
    return {
      rules: [
        tableRule(["wte"], "", vocabSize, nEmbd),
        ...sides.flatMap(({ rules }) => rules),
        ...(tiedHead ? [] : linearRules(["head"], "", [nEmbd, vocabSize], false)),
      ],
      empty: sides.flatMap(({ empty = [] }) => empty),
    };
  },
);
