import { ArgumentError } from "@adjoint/core";
import { rustWord, space } from "../regex/character-classes.ts";
import type { PreTokenizerSpec } from "../spec/pre-tokenizer-spec.ts";
import { characterTest } from "../text/character-test.ts";
import { type Finder, inverted, literalFinder } from "../text/matches.ts";
import { type CharacterKind, runFinder } from "../text/run-finder.ts";
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

const isPunctuation = characterTest(punctuation);
const isSpace = characterTest(space);
const isWord = characterTest(rustWord);
const isNumber = characterTest("\\p{N}");

const bertKind = (code: number): CharacterKind =>
  isSpace(code) ? "gap" : isPunctuation(code) ? "single" : "run";
const wordKind = (code: number): CharacterKind =>
  isWord(code) ? "run" : isSpace(code) ? "gap" : "otherRun";
const blankKind = (code: number): CharacterKind => (isSpace(code) ? "gap" : "run");

/** Each character that passes is a match. */
const each = (passes: (code: number) => boolean): Finder =>
  runFinder((code) => (passes(code) ? "single" : "gap"));

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
      return [splitStep(inverted(runFinder(bertKind)), "removed")];
    case "Whitespace":
      return [splitStep(inverted(runFinder(wordKind)), "removed")];
    case "WhitespaceSplit":
      return [splitStep(inverted(runFinder(blankKind)), "removed")];
    case "UnicodeScripts":
      return [unicodeScriptsStep];
    case "Digits":
      return [splitStep(each(isNumber), spec.individualDigits ? "isolated" : "contiguous")];
    case "Punctuation":
      return [splitStep(each(isPunctuation), spec.behavior)];
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
