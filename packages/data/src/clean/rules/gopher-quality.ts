import { rememberLast } from "../internal/last.ts";
import { countOf, lengthOf, shareOf, splitLines } from "../internal/measures.ts";
import type { KeepRule } from "./rule.ts";
import { splitWords, type WordSplitter } from "./words.ts";

/** Settings of `gopherQuality`. */
export type GopherQualityOptions = {
  /** Words that are not punctuation alone; default 50 and 100 000. */
  readonly minWords?: number;
  readonly maxWords?: number;
  /** Their mean length; default 3 and 10. */
  readonly minWordLength?: number;
  readonly maxWordLength?: number;
  /** "#", and ellipses, for each word; default 0.1. */
  readonly maxSymbolRatio?: number;
  /** Share of lines that begin with a bullet; default 0.9. */
  readonly maxBulletLines?: number;
  /** Share of lines that end with an ellipsis; default 0.3. */
  readonly maxEllipsisLines?: number;
  /** Share of words with a letter in them; default 0.8. */
  readonly minAlphabeticWords?: number;
  /** How many different stop words must occur; default 2 of the eight of the paper. */
  readonly minStopWords?: number;
  readonly stopWords?: readonly string[];
  /** Default `splitWords`. */
  readonly words?: WordSplitter;
};

/** The stop words of the paper. */
const STOP_WORDS = ["the", "be", "to", "of", "and", "that", "have", "with"];

/** Something besides punctuation, control characters and the symbols that datatrove counts as such: emoji are words to it. */
const PROPER = /[^\p{P}\p{Cc}\p{Sentence_Terminal}$+<=>^`|~´∶━►～]/u;

type Facts = {
  readonly words: readonly string[];
  /** Of which something is no punctuation. */
  readonly proper: number;
  readonly meanLength: number;
  readonly lines: readonly string[];
};

const factsOf =
  (split: WordSplitter) =>
  (text: string): Facts => {
    const words = split(text);
    const proper = words.filter((word) => PROPER.test(word));
    const characters = proper.reduce((sum, word) => sum + lengthOf(word), 0);
    const meanLength = proper.length === 0 ? 0 : characters / proper.length;
    return { words, proper: proper.length, meanLength, lines: splitLines(text) };
  };

const ellipses = (text: string): number => countOf(text, "...") + countOf(text, "…");

const endsInEllipsis = (line: string): boolean => /(?:\.\.\.|…)$/.test(line.trimEnd());

/**
 * The quality rules of Gopher, each a rule of its own, in datatrove's order: word count, mean word length, "#" and ellipses, bullets, words
 * with letters, stop words.
 * @see https://arxiv.org/abs/2112.11446 (appendix A.1.1)
 */
export const gopherQuality = (options: GopherQualityOptions = {}): readonly KeepRule[] => {
  const { minWords = 50, maxWords = 100_000, minWordLength = 3, maxWordLength = 10 } = options;
  const { maxSymbolRatio = 0.1, maxBulletLines = 0.9, maxEllipsisLines = 0.3 } = options;
  const { minAlphabeticWords = 0.8, minStopWords = 2, stopWords = STOP_WORDS } = options;
  const facts = rememberLast(factsOf(options.words ?? splitWords));
  const wanted = new Set(stopWords);
  const ratio = (count: number, text: string): number =>
    count / Math.max(1, facts(text).words.length);
  const stops = (text: string): number =>
    new Set(facts(text).words.filter((word) => wanted.has(word))).size;
  return [
    { name: "gopher-too-short", keep: (text) => facts(text).proper >= minWords },
    { name: "gopher-too-long", keep: (text) => facts(text).proper <= maxWords },
    { name: "gopher-short-words", keep: (text) => facts(text).meanLength >= minWordLength },
    { name: "gopher-long-words", keep: (text) => facts(text).meanLength <= maxWordLength },
    { name: "gopher-hashes", keep: (text) => ratio(countOf(text, "#"), text) <= maxSymbolRatio },
    { name: "gopher-ellipses", keep: (text) => ratio(ellipses(text), text) <= maxSymbolRatio },
    {
      name: "gopher-bullet-lines",
      keep: (text) =>
        shareOf(facts(text).lines, (line) => /^[•-]/.test(line.trimStart())) <= maxBulletLines,
    },
    {
      name: "gopher-ellipsis-lines",
      keep: (text) => shareOf(facts(text).lines, endsInEllipsis) <= maxEllipsisLines,
    },
    {
      name: "gopher-alphabetic-words",
      keep: (text) =>
        shareOf(facts(text).words, (word) => /\p{L}/u.test(word)) >= minAlphabeticWords,
    },
    { name: "gopher-stop-words", keep: (text) => stops(text) >= minStopWords },
  ];
};
