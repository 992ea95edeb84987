import { specialToken, tiktokenEncodings, type TokenizerSpec } from "@adjoint/tokenizers";
import { defaultOf } from "../require.ts";
import type { Pieces } from "./llama.ts";

const ordinary = 128_000;
const begin = "<|begin_of_text|>";

const pair = (key: string): readonly [string, string] => {
  const [first = "", second = ""] = key.split(" ");
  return [first, second];
};

/** Llama 3, whose vocabulary llama3-tokenizer-js ships: cl100k's pattern, whole words before merges, a token before the text. */
export const llama3 = (): TokenizerSpec => {
  const { vocabById, merges } = defaultOf("llama3-tokenizer-js") as Pieces;
  return {
    addedTokens: vocabById.slice(ordinary).map((token, i) => specialToken(token, ordinary + i)),
    normalizer: undefined,
    preTokenizer: {
      type: "Sequence",
      preTokenizers: [
        {
          type: "Split",
          pattern: { regex: tiktokenEncodings.cl100k_base.pattern },
          behavior: "isolated",
          invert: false,
        },
        { type: "ByteLevel", addPrefixSpace: false, trimOffsets: true, useRegex: false },
      ],
    },
    model: {
      type: "BPE",
      vocab: new Map(vocabById.slice(0, ordinary).map((token, id) => [token, id])),
      merges: [...merges.keys()].map(pair),
      unkToken: undefined,
      continuingSubwordPrefix: undefined,
      endOfWordSuffix: undefined,
      fuseUnk: false,
      byteFallback: false,
      ignoreMerges: true,
      dropout: undefined,
    },
    postProcessor: {
      type: "Sequence",
      processors: [
        { type: "ByteLevel", addPrefixSpace: true, trimOffsets: false, useRegex: true },
        {
          type: "TemplateProcessing",
          single: [
            { specialToken: begin, typeId: 0 },
            { sequence: "A", typeId: 0 },
          ],
          pair: [
            { specialToken: begin, typeId: 0 },
            { sequence: "A", typeId: 0 },
            { specialToken: begin, typeId: 1 },
            { sequence: "B", typeId: 1 },
          ],
          specialTokens: new Map([[begin, [[begin, ordinary]]]]),
        },
      ],
    },
    decoder: { type: "ByteLevel" },
    truncation: undefined,
    padding: undefined,
  };
};
