import type { PieceCounts } from "./count-pieces.ts";
import { repeatedParts } from "./repeated-parts.ts";

/** A piece of a Unigram model and its log probability. */
export type ScoredPiece = readonly [piece: string, score: number];

const codesOf = (pieces: PieceCounts): Int32Array => {
  let length = 0;
  for (const piece of pieces.keys()) length += piece.length + 1;
  const codes = new Int32Array(length);
  let count = 0;
  for (const piece of pieces.keys()) {
    for (const character of piece) codes[count++] = character.codePointAt(0) ?? 0;
    codes[count++] = 0;
  }
  return codes.slice(0, count);
};

const characterCounts = (pieces: PieceCounts): [code: number, count: number][] => {
  const counts = new Map<number, number>();
  for (const [piece, count] of pieces)
    for (const character of piece) {
      const code = character.codePointAt(0) ?? 0;
      if (code !== 0) counts.set(code, (counts.get(code) ?? 0) + count);
    }
  return [...counts].toSorted(([a, x], [b, y]) => y - x || b - a);
};

/**
 * What Unigram training starts from: all characters, and the parts of pieces that come more than once, those with the
 * highest frequency times length first, up to `size`. Pieces count once for parts, however often they came.
 * Source: make_seed_sentence_pieces in
 * https://github.com/huggingface/tokenizers/blob/main/tokenizers/src/models/unigram/trainer.rs
 */
export const seedPieces = (
  pieces: PieceCounts,
  longest: number,
  size: number,
): readonly ScoredPiece[] => {
  const codes = codesOf(pieces);
  const compare = (a: number, b: number, length: number): number => {
    for (let i = 0; i < length; i++) {
      const difference = (codes[b + i] ?? 0) - (codes[a + i] ?? 0);
      if (difference !== 0) return difference;
    }
    return 0;
  };
  const parts = repeatedParts(codes, longest)
    .map(({ at, length, count }) => ({ at, length, score: count * length }))
    .toSorted(
      (a, b) =>
        b.score - a.score ||
        compare(a.at, b.at, Math.min(a.length, b.length)) ||
        b.length - a.length,
    );
  const characters = characterCounts(pieces);
  const seeds: ScoredPiece[] = characters.map(([code, count]) => [
    String.fromCodePoint(code),
    count,
  ]);
  for (const { at, length, score } of parts.slice(0, Math.max(1, size - characters.length)))
    seeds.push([String.fromCodePoint(...codes.subarray(at, at + length)), score]);
  const total = Math.log(seeds.reduce((sum, [, score]) => sum + score, 0));
  return seeds.map(([piece, score]) => [piece, Math.log(score) - total]);
};
