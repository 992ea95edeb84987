import { rememberLast } from "../internal/last.ts";
import { countOf, lengthOf, repeated, shareOf } from "../internal/measures.ts";
import type { KeepRule } from "./rule.ts";
import { splitWords, type WordSplitter } from "./words.ts";

/** Settings of `fineWebQuality`. */
export type FineWebQualityOptions = {
  /** Share of lines that end like a sentence; default 0.12. */
  readonly minEndedLines?: number;
  /** Share of short lines; default 0.67 of at most 30 characters. */
  readonly maxShortLines?: number;
  readonly shortLine?: number;
  /** Share of characters in lines that occurred before; default 0.01. */
  readonly maxRepeatedCharacters?: number;
  /** Line ends for each word; default 0.3. */
  readonly maxLineEnds?: number;
  /** Default `splitWords`. */
  readonly words?: WordSplitter;
};

const endsSentence = (line: string): boolean => /\p{Sentence_Terminal}$/u.test(line);

/**
 * The rules that FineWeb adds to Gopher's and C4's, each a rule of its own, in datatrove's order. An end of sentence is Unicode's
 * Sentence_Terminal property, in any script.
 * @see https://arxiv.org/abs/2406.17557
 */
export const fineWebQuality = (options: FineWebQualityOptions = {}): readonly KeepRule[] => {
  const { minEndedLines = 0.12, maxShortLines = 0.67, shortLine = 30 } = options;
  const { maxRepeatedCharacters = 0.01, maxLineEnds = 0.3, words = splitWords } = options;
  const lines = rememberLast((text) => text.split("\n").filter((line) => line.trim() !== ""));
  const isShort = (line: string): boolean => lengthOf(line) <= shortLine;
  const repetition = (text: string): number =>
    repeated(lines(text)).characters / Math.max(1, lengthOf(text) - countOf(text, "\n"));
  return [
    { name: "fineweb-empty", keep: (text) => lines(text).length > 0 },
    {
      name: "fineweb-ended-lines",
      keep: (text) => shareOf(lines(text), endsSentence) >= minEndedLines,
    },
    { name: "fineweb-short-lines", keep: (text) => shareOf(lines(text), isShort) <= maxShortLines },
    {
      name: "fineweb-repeated-characters",
      keep: (text) => repetition(text) <= maxRepeatedCharacters,
    },
    {
      name: "fineweb-lists",
      keep: (text) => countOf(text, "\n") <= maxLineEnds * words(text).length,
    },
  ];
};
