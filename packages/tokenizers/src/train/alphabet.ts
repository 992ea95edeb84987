import { byCodePoint } from "../text/by-code-point.ts";
import type { PieceCounts } from "./count-pieces.ts";

/** Which characters a trainer takes as tokens. */
export type AlphabetOptions = {
  /** Characters that get a token whether they are in the texts or not. */
  readonly initialAlphabet?: Iterable<string>;
  /** At most so many characters, the most frequent ones; the rest become unknown. */
  readonly limitAlphabet?: number;
};

/** The characters of the pieces, in the order of their code points. */
export const alphabetOf = (
  pieces: PieceCounts,
  { initialAlphabet = [], limitAlphabet = Infinity }: AlphabetOptions,
): readonly string[] => {
  const counts = new Map<string, number>();
  for (const [piece, count] of pieces)
    for (const character of piece) counts.set(character, (counts.get(character) ?? 0) + count);
  for (const character of initialAlphabet) counts.set(character, Infinity);
  const frequent = [...counts.keys()].toSorted((a, b) => {
    const [x, y] = [counts.get(a) ?? 0, counts.get(b) ?? 0];
    return x === y ? byCodePoint(a, b) : y - x;
  });
  const kept = limitAlphabet < frequent.length ? frequent.slice(0, limitAlphabet) : frequent;
  return kept.toSorted(byCodePoint);
};
