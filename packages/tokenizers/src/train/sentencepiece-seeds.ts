import { byScoreLastFirst } from "./by-score.ts";
import { weightedParts } from "./repeated-parts.ts";
import type { ScoredPiece } from "./seed-pieces.ts";
import { isValidPiece } from "./valid-piece.ts";

type Counts = readonly (readonly [piece: string, count: number])[];

/** Pieces as code points, 0 after each, and how often each place came. */
const rowOf = (pieces: Counts): { readonly codes: Int32Array; readonly weights: Float64Array } => {
  const length = pieces.reduce((sum, [piece]) => sum + piece.length + 1, 0);
  const codes = new Int32Array(length);
  const weights = new Float64Array(length);
  let at = 0;
  for (const [piece, count] of pieces) {
    for (const character of piece) {
      codes[at] = character.codePointAt(0) ?? 0;
      weights[at++] = count;
    }
    at++;
  }
  return { codes: codes.subarray(0, at), weights: weights.subarray(0, at) };
};

const { fround } = Math;

/** Log probabilities in proportion to frequencies, in 32 bits. */
const logShares = (pieces: readonly ScoredPiece[]): readonly ScoredPiece[] => {
  const sum = pieces.reduce((total, [, score]) => fround(total + fround(score)), 0);
  const logSum = fround(Math.log(sum));
  return pieces.map(([piece, score]) => [piece, fround(Math.log(fround(score)) - logSum)]);
};

/**
 * What SentencePiece's Unigram training starts from: all characters by frequency, and up to `size` parts of pieces that
 * come more than once, by frequency times length. A part that is always followed by the same character is left to the
 * longer one; the end of a piece is another character each time.
 * Source: what sentencepiece 0.2.2 starts from; up to 0.1.97 it left out parts that stand before spaces only. Logarithms
 * as in MakeSeedSentencePieces in
 * https://github.com/google/sentencepiece/blob/master/src/unigram_model_trainer.cc
 */
export const sentencePieceSeeds = (
  pieces: Counts,
  characters: ReadonlyMap<string, number>,
  longest: number,
  size: number,
): readonly ScoredPiece[] => {
  const { codes, weights } = rowOf(pieces);
  const parts = weightedParts(codes, longest, weights)
    .map(({ at, length, count }): ScoredPiece => [
      String.fromCodePoint(...codes.subarray(at, at + length)),
      count * length,
    ])
    .filter(([piece]) => isValidPiece(piece, longest))
    // The order of equals shows in the last bit of sums; this one agrees most often.
    .toSorted(byScoreLastFirst);
  return logShares([...characters, ...parts.slice(0, size)]);
};
