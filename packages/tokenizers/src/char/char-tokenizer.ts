import { TokenizerFormatError, UnknownCharacterError, UnknownTokenError } from "../errors.ts";
import { byCodePoint } from "../text/by-code-point.ts";
import type { Tokenizer } from "../tokenizer.ts";

/** A tokenizer whose tokens are characters. */
export type CharTokenizer = Tokenizer & {
  /** The characters; the place of each is its id. */
  readonly vocab: readonly string[];
};

const isCharacter = (text: string): boolean => text !== "" && [...text].length === 1;

const indexOf = (vocab: readonly string[]): ReadonlyMap<string, number> => {
  const index = new Map(vocab.map((character, id) => [character, id]));
  const bad = vocab.find((character) => !isCharacter(character));
  if (bad !== undefined || index.size !== vocab.length)
    throw new TokenizerFormatError({
      operation: "charTokenizer",
      rule: "a vocabulary holds single characters, each once",
      got: bad === undefined ? "a character twice" : JSON.stringify(bad),
    });
  return index;
};

const unknown = (characters: readonly string[], position: number): UnknownCharacterError => {
  const before = characters.slice(0, position);
  const line = before.filter((c) => c === "\n").length + 1;
  const column = position - before.lastIndexOf("\n");
  return new UnknownCharacterError(characters[position] ?? "", position, line, column);
};

const encodeWith =
  (index: ReadonlyMap<string, number>) =>
  (text: string): Int32Array => {
    const ids = new Int32Array(text.length); // at least one UTF-16 unit a character
    let count = 0;
    for (const character of text) {
      const id = index.get(character);
      if (id === undefined) throw unknown([...text], count);
      ids[count++] = id;
    }
    return ids.slice(0, count);
  };

const decodeWith =
  (vocab: readonly string[]) =>
  (ids: Iterable<number>): string =>
    Array.from(ids, (id, position) => {
      const character = vocab[id];
      if (character === undefined) throw new UnknownTokenError(id, position, vocab.length);
      return character;
    }).join("");

/**
 * The tokenizer of a vocabulary of characters (Unicode code points, not UTF-16 units), in the order of their ids.
 * Throws TokenizerFormatError when an entry is not one character or occurs twice.
 *
 * ```ts doctest
 * import { charTokenizer } from "@adjoint/tokenizers";
 * const tokenizer = charTokenizer(["a", "b", "🙂"]);
 * Array.from(tokenizer.encode("b🙂")); // => [1, 2]
 * tokenizer.decode([0, 2]); // => "a🙂"
 * ```
 */
export const charTokenizer = (vocab: readonly string[]): CharTokenizer => {
  const own = Object.freeze([...vocab]);
  const index = indexOf(own);
  return Object.freeze({
    vocab: own,
    vocabSize: own.length,
    encode: encodeWith(index),
    decode: decodeWith(own),
  });
};

/**
 * The tokenizer of the characters of a text, sorted by code point (as nanoGPT's character data sets).
 * Throws TokenizerFormatError for an empty text.
 *
 * ```ts doctest
 * import { trainCharTokenizer } from "@adjoint/tokenizers";
 * const tokenizer = trainCharTokenizer("hello");
 * tokenizer.vocab.join(""); // => "ehlo"
 * Array.from(tokenizer.encode("hole")); // => [1, 3, 2, 0]
 * ```
 */
export const trainCharTokenizer = (text: string): CharTokenizer => {
  if (text === "")
    throw new TokenizerFormatError({
      operation: "trainCharTokenizer",
      rule: "needs a text with at least one character",
    });
  return charTokenizer([...new Set(text)].toSorted(byCodePoint));
};
