import { rememberLast } from "../internal/last.ts";
import { lengthOf, repeated } from "../internal/measures.ts";
import { nGrams } from "../internal/n-grams.ts";
import type { KeepRule } from "./rule.ts";
import { splitWords, type WordSplitter } from "./words.ts";

/** A size of n-grams and the largest share of the characters that they may take. */
export type NGramLimit = readonly [size: number, share: number];

/** Settings of `gopherRepetition`; the defaults are those of the paper's table A1. */
export type GopherRepetitionOptions = {
  /** Share of lines, and of paragraphs, that repeat earlier ones; default 0.3. */
  readonly maxLines?: number;
  readonly maxParagraphs?: number;
  /** Share of characters in such lines, and paragraphs; default 0.2. */
  readonly maxLineCharacters?: number;
  readonly maxParagraphCharacters?: number;
  /** Characters of the most frequent n-gram; default 2: 0.2, 3: 0.18, 4: 0.16. */
  readonly topNGrams?: readonly NGramLimit[];
  /** Characters in repeated n-grams; default 5: 0.15 down to 10: 0.1. */
  readonly repeatedNGrams?: readonly NGramLimit[];
  /** Default `splitWords`. */
  readonly words?: WordSplitter;
};

const TOP: readonly NGramLimit[] = [
  [2, 0.2],
  [3, 0.18],
  [4, 0.16],
];

const REPEATED: readonly NGramLimit[] = [
  [5, 0.15],
  [6, 0.14],
  [7, 0.13],
  [8, 0.12],
  [9, 0.11],
  [10, 0.1],
];

const shares = (
  items: readonly string[],
  text: string,
): { readonly items: number; readonly characters: number } => {
  const found = repeated(items);
  return {
    items: found.items / items.length,
    characters: found.characters / Math.max(1, lengthOf(text)),
  };
};

/**
 * The repetition rules of Gopher, each a rule of its own, in datatrove's order: paragraphs, lines, top n-grams, repeated n-grams. Linear in
 * the text.
 * @see https://arxiv.org/abs/2112.11446 (table A1)
 */
export const gopherRepetition = (options: GopherRepetitionOptions = {}): readonly KeepRule[] => {
  const {
    maxLines = 0.3,
    maxParagraphs = 0.3,
    maxLineCharacters = 0.2,
    maxParagraphCharacters = 0.2,
  } = options;
  const { topNGrams = TOP, repeatedNGrams = REPEATED, words = splitWords } = options;
  const paragraphs = rememberLast((text) => shares(text.trim().split(/\n{2,}/), text));
  const lines = rememberLast((text) => shares(text.split(/\n+/), text));
  const grams = rememberLast((text) => nGrams(words(text)));
  const share = (characters: number, text: string): number =>
    characters / Math.max(1, lengthOf(text));
  return [
    { name: "gopher-repeated-paragraphs", keep: (text) => paragraphs(text).items <= maxParagraphs },
    {
      name: "gopher-repeated-paragraph-characters",
      keep: (text) => paragraphs(text).characters <= maxParagraphCharacters,
    },
    { name: "gopher-repeated-lines", keep: (text) => lines(text).items <= maxLines },
    {
      name: "gopher-repeated-line-characters",
      keep: (text) => lines(text).characters <= maxLineCharacters,
    },
    ...topNGrams.map(([n, limit]) => ({
      name: `gopher-top-${n}-gram`,
      keep: (text: string) => share(grams(text).topCharacters(n), text) <= limit,
    })),
    ...repeatedNGrams.map(([n, limit]) => ({
      name: `gopher-repeated-${n}-grams`,
      keep: (text: string) => share(grams(text).repeatedCharacters(n), text) <= limit,
    })),
  ];
};
