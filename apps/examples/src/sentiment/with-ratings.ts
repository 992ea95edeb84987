import type { Lexicon } from "./read-lexicon.ts";
import type { Sentence } from "./read-sentences.ts";

const nameOf = (rating: number): string => {
  if (rating > 0) return rating > 0.45 ? "zzverygood" : "zzgood";
  return rating < -0.45 ? "zzverybad" : "zzbad";
};

/** The sentence with a made-up word behind it for each rated one, so that a bag of words knows the lexicon too. */
export const withRatings = (sentence: Sentence, lexicon: Lexicon): Sentence => {
  const words = sentence.text.toLowerCase().match(/[a-z'-]+/g) ?? [];
  const names = words.flatMap((word) => {
    const rating = lexicon.get(word);
    return rating === undefined ? [] : [nameOf(rating)];
  });
  return { ...sentence, text: [sentence.text, ...names].join(" ") };
};
