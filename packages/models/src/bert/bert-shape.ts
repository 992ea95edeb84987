import { linearRules, normRules, tableRule } from "../block/block-rules.ts";
import { blocksShape, hasStacks } from "../block/blocks-shape.ts";
import { type ParamsCheck, paramsCheck } from "../internal/check-params.ts";
import { type BertConfig, checkBertConfig } from "./bert-config.ts";

/** That parameters are those of the encoder of a configuration. */
export const checkBert: ParamsCheck<object, BertConfig> = paramsCheck(
  "bert",
  checkBertConfig,
  (config, params) => {
    const { vocabSize, contextLength, typeCount, nEmbd } = config;
    const blocks = blocksShape(config, [], { stacked: hasStacks(params) });
    return {
      ...blocks,
      rules: [
        tableRule(["embeddings", "word"], "", vocabSize, nEmbd),
        tableRule(["embeddings", "position"], "", contextLength, nEmbd),
        tableRule(["embeddings", "type"], "", typeCount, nEmbd),
        ...normRules(["embeddings", "norm"], "", nEmbd, true),
        ...blocks.rules,
      ],
    };
  },
);

/** That parameters are those of the head for masked words. */
export const checkMaskedWord: ParamsCheck<object, BertConfig> = paramsCheck(
  "bert.maskedWord",
  checkBertConfig,
  ({ vocabSize, nEmbd }) => ({
    rules: [
      ...linearRules(["dense"], "", [nEmbd, nEmbd], true),
      ...normRules(["norm"], "", nEmbd, true),
      { path: ["bias"], shape: [vocabSize] },
    ],
  }),
);
