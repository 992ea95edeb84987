import { byCodePoint } from "../text/by-code-point.ts";

/** Stands in pieces for characters that get no token of their own. */
export const uncovered = "▅";

/** SentencePiece keeps these for itself; it counts tabs all the same. */
const reserved: ReadonlySet<string> = new Set([uncovered, "\t", " ", "\0"]);

/**
 * The characters that get a token and how often each comes, the most frequent first, equally frequent ones by code point:
 * all of those `required`, then as many as make up the share `coverage` of the text.
 * Source: TrainerInterface::LoadSentences in
 * https://github.com/google/sentencepiece/blob/master/src/trainer_interface.cc
 */
export const coveredCharacters = (
  pieces: Iterable<readonly [piece: string, count: number]>,
  coverage: number,
  required: Iterable<string>,
): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  const wanted = new Set(required);
  let all = 0;
  for (const character of wanted) counts.set(character, 0);
  for (const [piece, count] of pieces)
    for (const character of piece) {
      if (character !== "\t" && reserved.has(character)) continue;
      counts.set(character, (counts.get(character) ?? 0) + count);
      all += count;
    }
  const sorted = [...counts].toSorted(
    ([a, x], [b, y]) => Number(wanted.has(b)) - Number(wanted.has(a)) || y - x || byCodePoint(a, b),
  );
  const covered: [string, number][] = [];
  let sum = 0;
  for (const [character, count] of sorted) {
    // The original keeps the share in 32 bits.
    if (!wanted.has(character) && Math.fround(sum / all) >= Math.fround(coverage)) break;
    sum += count;
    if (!reserved.has(character)) covered.push([character, count]);
  }
  return new Map(covered.toSorted(([a, x], [b, y]) => y - x || byCodePoint(a, b)));
};
