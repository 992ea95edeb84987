import { type Either, left } from "@adjoint/core/either";
import { TokenizerFormatError } from "../errors.ts";
import type { BpeSpec, Vocab } from "../spec/model-spec.ts";
import type { TokenizerSpec } from "../spec/tokenizer-spec.ts";
import { rootField } from "./json/field.ts";
import { jsonText } from "./json/json-text.ts";
import { parseJson } from "./json/parse-json.ts";
import { vocabOf } from "./json/vocab-field.ts";
import { mergesOfRanks } from "./merges-of-ranks.ts";
import { type Merge, mergeOfLine, missingOf } from "./merges.ts";
import { reading } from "./reading.ts";

const operation = "tokenizerFromVocabMerges";

const linesOf = (text: string): readonly string[] => text.split(/\r?\n/);

const mergesOf = (text: string, vocab: Vocab): readonly Merge[] =>
  linesOf(text).flatMap((line, i) => {
    if (line === "" || (i === 0 && line.startsWith("#version"))) return [];
    const merge = mergeOfLine(line);
    const missing = merge && missingOf(merge, vocab, undefined);
    if (merge === undefined || missing !== undefined)
      throw new TokenizerFormatError({
        operation,
        rule: `line ${i + 1} of the merges must be two tokens that make a token of the vocabulary`,
        got:
          merge === undefined
            ? JSON.stringify(line.slice(0, 60))
            : `${JSON.stringify(missing)}, which is none`,
      });
    return [merge];
  });

/** The parts of a byte-level tokenizer around its model, as GPT-2 has them. */
const byteLevel: Omit<TokenizerSpec, "model" | "addedTokens"> = {
  normalizer: undefined,
  preTokenizer: { type: "ByteLevel", addPrefixSpace: false, trimOffsets: true, useRegex: true },
  postProcessor: { type: "ByteLevel", addPrefixSpace: true, trimOffsets: false, useRegex: true },
  decoder: { type: "ByteLevel" },
  truncation: undefined,
  padding: undefined,
};

/** The two files of a byte-level tokenizer such as GPT-2's. */
export type VocabMergesFiles = {
  /** `vocab.json`: tokens and their ids. */
  readonly vocab: string;
  /** `merges.txt`: a pair of tokens a line, in the order of rank. */
  readonly merges: string;
};

/** What the two files leave open; the other parts default to GPT-2's. */
export type VocabMergesOptions = Partial<Omit<TokenizerSpec, "model">> &
  Partial<Pick<BpeSpec, "unkToken" | "endOfWordSuffix" | "ignoreMerges">>;

/**
 * The tokenizer of a `vocab.json` and a `merges.txt`, or what is wrong with them and in which line.
 * Source: https://github.com/openai/gpt-2/blob/master/src/encoder.py
 *
 * ```ts doctest
 * import { tokenizerFromVocabMerges } from "@adjoint/tokenizers";
 * const files = { vocab: `{"h": 0, "i": 1, "hi": 2}`, merges: "#version: 0.2\nh i\n" };
 * tokenizerFromVocabMerges(files)._tag; // => "Right"
 * tokenizerFromVocabMerges({ ...files, merges: "h o" })._tag; // => "Left"
 * ```
 */
export const tokenizerFromVocabMerges = (
  files: VocabMergesFiles,
  options: VocabMergesOptions = {},
): Either<TokenizerFormatError, TokenizerSpec> =>
  reading(() => {
    const { unkToken, endOfWordSuffix, ignoreMerges = false, ...parts } = options;
    const vocab = vocabOf(rootField(operation, parseJson(operation, files.vocab)));
    return {
      addedTokens: [],
      ...byteLevel,
      ...parts,
      model: {
        type: "BPE",
        vocab,
        merges: mergesOf(files.merges, vocab),
        unkToken,
        continuingSubwordPrefix: undefined,
        endOfWordSuffix,
        fuseUnk: false,
        byteFallback: false,
        ignoreMerges,
        dropout: undefined,
      },
    };
  });

const unsayable = (got: string): Either<TokenizerFormatError, never> =>
  left(
    new TokenizerFormatError({
      operation: "tokenizerToVocabMerges",
      rule: "vocab.json and merges.txt hold byte-pair encodings whose tokens have no white space",
      got,
      fix: "save it with tokenizerToJson",
    }),
  );

/** The model as `vocab.json` and `merges.txt`; a `left` where it is no BPE, or has tokens with white space. */
export const tokenizerToVocabMerges = ({
  model,
}: TokenizerSpec): Either<TokenizerFormatError, VocabMergesFiles> => {
  if (model.type !== "BPE") return unsayable(model.type);
  const merges = model.merges === "ranks" ? mergesOfRanks(model.vocab) : model.merges;
  const spaced = merges.flat().find((token) => token === "" || /[ \r\n]/.test(token));
  if (spaced !== undefined) return unsayable(JSON.stringify(spaced));
  const vocab = new Map([...model.vocab].toSorted((a, b) => a[1] - b[1]));
  const lines = ["#version: 0.2", ...merges.map(([first, second]) => `${first} ${second}`), ""];
  return { _tag: "Right", right: { vocab: jsonText(vocab), merges: lines.join("\n") } };
};
