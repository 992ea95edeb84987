import { ArgumentError } from "@adjoint/core";
import { rustWord, space } from "../regex/character-classes.ts";
import type { PreTokenizerSpec } from "../spec/pre-tokenizer-spec.ts";
import { inverted, literalFinder, regexFinder } from "../text/matches.ts";
import { newerThanUnicode8 } from "../text/newer-characters.ts";
import { byteLevelCuts, byteLevelStep } from "./byte-level.ts";
import { fixedLengthStep } from "./fixed-length.ts";
import { metaspaceStep } from "./metaspace.ts";
import { patternFinder } from "./pattern-finder.ts";
import { splitStep } from "./split-step.ts";
import type { Step } from "./step.ts";
import { unicodeScriptsStep } from "./unicode-scripts.ts";

/** ASCII's punctuation and that of Unicode 8. */
const punctuation = `[[[\\p{P}$+<=>^\`\\|~]--[${newerThanUnicode8}]]\\u166d\\u{111c9}]`;

const regex = (source: string): ReturnType<typeof regexFinder> =>
  regexFinder(new RegExp(source, "gv"));

const wholeLength = (length: number): number => {
  if (Number.isInteger(length) && length > 0) return length;
  throw new ArgumentError({
    operation: "textTokenizer",
    rule: "the length of FixedLength must be a whole number above 0",
    got: String(length),
  });
};

/** The steps of a pre-tokenizer, in order. Throws RegexError for a pattern that JavaScript cannot say. */
export const preTokenizerSteps = (spec: PreTokenizerSpec | undefined): readonly Step[] => {
  if (spec === undefined) return [];
  switch (spec.type) {
    case "ByteLevel":
      return [byteLevelStep(spec.addPrefixSpace, spec.useRegex)];
    case "Metaspace":
      return [metaspaceStep(spec.replacement, spec.prependScheme, spec.split)];
    case "Split": {
      const find = patternFinder(spec.pattern);
      return [splitStep(spec.invert ? inverted(find) : find, spec.behavior)];
    }
    case "BertPreTokenizer":
      // words without punctuation, and punctuation one by one
      return [splitStep(inverted(regex(`[^${space}${punctuation}]+|[${punctuation}]`)), "removed")];
    case "Whitespace":
      return [splitStep(inverted(regex(`[${rustWord}]+|[^${rustWord}${space}]+`)), "removed")];
    case "WhitespaceSplit":
      return [splitStep(regex(`[${space}]`), "removed")];
    case "UnicodeScripts":
      return [unicodeScriptsStep];
    case "Digits":
      return [splitStep(regex("\\p{N}"), spec.individualDigits ? "isolated" : "contiguous")];
    case "Punctuation":
      return [splitStep(regex(`[${punctuation}]`), spec.behavior)];
    case "CharDelimiterSplit":
      return [splitStep(literalFinder(spec.delimiter), "removed")];
    case "FixedLength":
      return [fixedLengthStep(wholeLength(spec.length))];
    case "Sequence":
      return spec.preTokenizers.flatMap(preTokenizerSteps);
  }
};

/** A pre-tokenizer as a list of parts that are no sequences. */
export const flatParts = (spec: PreTokenizerSpec | undefined): readonly PreTokenizerSpec[] => {
  if (spec === undefined) return [];
  return spec.type === "Sequence" ? spec.preTokenizers.flatMap(flatParts) : [spec];
};

/**
 * Steps whose pieces are text, for models that can encode the bytes of text; undefined where the byte-level alphabet does
 * not come last.
 */
export const byteLevelSteps = (spec: PreTokenizerSpec | undefined): readonly Step[] | undefined => {
  const parts = flatParts(spec);
  const last = parts.at(-1);
  const before = parts.slice(0, -1);
  if (last?.type !== "ByteLevel" || before.some(({ type }) => type === "ByteLevel"))
    return undefined;
  return [...before.flatMap(preTokenizerSteps), byteLevelCuts(last.addPrefixSpace, last.useRegex)];
};
