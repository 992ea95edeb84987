import { lengthOf } from "./measures.ts";

/** The n-grams of a text's words as numbers: two are equal when their words are. */
export type NGrams = {
  /** How many n-grams of this size there are. */
  readonly count: (n: number) => number;
  /** Characters of all occurrences of the most frequent n-gram, the first of several, with spaces between its words. */
  readonly topCharacters: (n: number) => number;
  /** Characters, without spaces, of n-grams that occurred before; none is counted twice. */
  readonly repeatedCharacters: (n: number) => number;
};

/** Numbers for pairs of numbers below 2^26. */
const interner = (): ((a: number, b: number) => number) => {
  const known = new Map<number, number>();
  return (a, b) => {
    const key = a * 2 ** 26 + b;
    const id = known.get(key) ?? known.size;
    if (id === known.size) known.set(key, id);
    return id;
  };
};

const wordIds = (words: readonly string[]): Int32Array => {
  const known = new Map<string, number>();
  return Int32Array.from(words, (word) => {
    const id = known.get(word) ?? known.size;
    if (id === known.size) known.set(word, id);
    return id;
  });
};

/** Sums of the words' lengths: `sums[j] - sums[i]` is that of words i to j. */
const sumsOf = (words: readonly string[]): Float64Array => {
  const sums = new Float64Array(words.length + 1);
  for (let i = 0; i < words.length; i++) sums[i + 1] = sums[i]! + lengthOf(words[i]!);
  return sums;
};

/** Numbers n-grams from the shorter ones: an n-gram is its first n - 1 words and its last word, so no text is joined. */
export const nGrams = (words: readonly string[]): NGrams => {
  const sums = sumsOf(words);
  const levels = [wordIds(words)];
  const level = (n: number): Int32Array => {
    for (let size = levels.length + 1; size <= n; size++) {
      const intern = interner();
      const shorter = levels[size - 2]!;
      const last = levels[0]!;
      const length = Math.max(0, words.length - size + 1);
      levels.push(Int32Array.from({ length }, (_, i) => intern(shorter[i]!, last[i + size - 1]!)));
    }
    return levels[n - 1]!;
  };

  const topCharacters = (n: number): number => {
    const ids = level(n);
    const counts = new Int32Array(ids.length);
    for (const id of ids) counts[id] = counts[id]! + 1;
    let most = 0;
    let at = 0;
    for (let i = 0; i < ids.length; i++) {
      if (counts[ids[i]!]! > most) {
        most = counts[ids[i]!]!;
        at = i;
      }
    }
    return ids.length === 0 ? 0 : (sums[at + n]! - sums[at]! + n - 1) * most;
  };

  const repeatedCharacters = (n: number): number => {
    const ids = level(n);
    const seen = new Uint8Array(ids.length);
    let characters = 0;
    for (let i = 0; i < ids.length;) {
      if (seen[ids[i]!] === 1) {
        characters += sums[i + n]! - sums[i]!;
        i += n;
      } else {
        seen[ids[i]!] = 1;
        i++;
      }
    }
    return characters;
  };

  return { count: (n) => level(n).length, topCharacters, repeatedCharacters };
};
