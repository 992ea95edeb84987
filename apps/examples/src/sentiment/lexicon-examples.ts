import type { ClassExample } from "./class-batches.ts";
import type { EncodedText } from "./encode-text.ts";
import type { Lexicon } from "./read-lexicon.ts";
import type { Synset } from "./read-wordnet.ts";

/** A rating from -1 to 1 as how likely praise is. */
const praiseOf = (rating: number): number => Math.min(1, Math.max(0, 0.5 + 0.8 * rating));

/**
 * What a lexicon says about texts that nobody labelled: each rated word by itself, and the definitions and examples of meanings
 * whose words are rated, with their mean. Every `neutralEvery`-th of the other meanings says that most texts are neither.
 */
export const lexiconExamples = (
  lexicon: Lexicon,
  synsets: readonly Synset[],
  encode: (text: string) => EncodedText,
  neutralEvery = 12,
): readonly ClassExample[] => {
  const words = Array.from(lexicon, ([word, rating]) => ({
    ...encode(word),
    praise: praiseOf(rating),
  }));
  const texts = synsets.flatMap(({ words, definition, examples }, i) => {
    const ratings = words.flatMap((word) => lexicon.get(word.toLowerCase()) ?? []);
    if (ratings.length === 0 && i % neutralEvery !== 0) return [];
    const mean = ratings.reduce((a, b) => a + b, 0) / Math.max(1, ratings.length);
    return [definition, ...examples].map((text) => ({ ...encode(text), praise: praiseOf(mean) }));
  });
  return [...words, ...texts];
};
