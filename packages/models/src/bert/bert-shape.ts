import { linearRules, normRules } from "../block/block-rules.ts";
import { blocksShape, hasStacks } from "../block/blocks-shape.ts";
import { type ParamsCheck, paramsCheck } from "../internal/check-params.ts";
import { type BertConfig, checkBertConfig } from "./bert-config.ts";
import { embeddingRules } from "./bert-weights.ts";

/** That parameters are those of the encoder of a configuration. */
export const checkBert: ParamsCheck<object, BertConfig> = paramsCheck(
  "bert",
  checkBertConfig,
  (config, params) => {
    const blocks = blocksShape(config, [], { stacked: hasStacks(params) });
    return {
      ...blocks,
      rules: [...embeddingRules(config, ["embeddings"], ""), ...blocks.rules],
    };
  },
);

/** That parameters are those of the head for masked words. */
export const checkMaskedWord: ParamsCheck<object, BertConfig> = paramsCheck(
  "bert.maskedWord",
  checkBertConfig,
  ({ vocabSize, nEmbd, tiedHead = true }) => ({
    rules: [
      ...linearRules(["dense"], "", [nEmbd, nEmbd], true),
      ...normRules(["norm"], "", nEmbd, true),
      { path: ["bias"], shape: [vocabSize] },
      ...(tiedHead ? [] : [{ path: ["kernel"], shape: [nEmbd, vocabSize] }]),
    ],
  }),
);
