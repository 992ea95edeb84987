import type { TextTokenizer } from "@adjoint/tokenizers";
import type { Lexicon } from "./read-lexicon.ts";

/** A text as tokens with their kinds: 0 for plain ones, 2 to 5 for pieces of words that a lexicon calls very bad to very good. */
export type EncodedText = { readonly ids: Int32Array; readonly types: Int32Array };

/** Kinds of tokens: first and second part of a pair, and four kinds of rated words. */
export const typeCount = 6;

const typeOf = (rating: number | undefined): number => {
  if (rating === undefined) return 0;
  if (rating < 0) return rating < -0.45 ? 2 : 3;
  return rating > 0.45 ? 5 : 4;
};

/** A function that encodes texts as `[CLS] text [SEP]`, cut to `length` tokens. Without a lexicon all tokens are plain. */
export const textEncoder = (
  tokenizer: TextTokenizer,
  length: number,
  lexicon: Lexicon = new Map(),
): ((text: string) => EncodedText) => {
  return (text) => {
    const { ids, offsets, wordIds } = tokenizer.encoding(text);
    const ends = new Map<number, readonly [start: number, end: number]>();
    wordIds.forEach((word, i) => {
      const start = ends.get(word)?.[0] ?? offsets[2 * i] ?? 0;
      ends.set(word, [start, offsets[2 * i + 1] ?? 0]);
    });
    const types = wordIds.map((word) => {
      const place = ends.get(word);
      if (word < 0 || place === undefined) return 0;
      return typeOf(lexicon.get(text.slice(...place).toLowerCase()));
    });
    return { ids: ids.subarray(0, length), types: types.subarray(0, length) };
  };
};
