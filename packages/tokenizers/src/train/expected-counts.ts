import { Lattice, logAddExp, type Pieces, unknownScoreOf } from "../models/lattice.ts";
import { Trie } from "../models/trie.ts";
import type { ScoredPiece } from "./seed-pieces.ts";

/**
 * Ready for lattices; the first piece is none, and `unknownId` is whose count takes unknown characters. Scores are rounded
 * to what the trainer computes in.
 */
export const preparedPieces = (
  pieces: readonly ScoredPiece[],
  unknownId: number,
  round: (score: number) => number,
): Pieces => {
  const trie = new Trie(pieces.length * 2);
  pieces.forEach(([piece], id) => {
    if (id > 0) trie.add(piece, id);
  });
  const scores = Float64Array.from(pieces, ([, score]) => round(score));
  return { trie, scores, unknownId, unknownScore: round(unknownScoreOf(scores.subarray(1))) };
};

/** Working memory: log probabilities of all ways to each place, and from each place on. */
type Sums = { readonly forward: Float64Array; readonly backward: Float64Array };

/** Working memory for texts of up to `longest` units. */
export const sumsFor = (longest: number): Sums => ({
  forward: new Float64Array(longest + 1),
  backward: new Float64Array(longest + 1),
});

/** Adds to `expected` how often each piece is to be expected in a text that comes `weight` times, over all ways to cut it. */
export const addExpected = (
  lattice: Lattice,
  weight: number,
  expected: Float64Array | Float32Array,
  { forward, backward }: Sums,
): void => {
  const { starts, ends, ids, scores, count, length } = lattice;
  forward.fill(-Infinity, 0, length + 1);
  backward.fill(-Infinity, 0, length + 1);
  forward[0] = 0;
  backward[length] = 0;
  // Edges come by their start, so each place is complete before edges leave from it.
  for (let edge = 0; edge < count; edge++) {
    const end = ends[edge] ?? 0;
    const through = (forward[starts[edge] ?? 0] ?? 0) + (scores[edge] ?? 0);
    forward[end] = logAddExp(forward[end] ?? 0, through);
  }
  for (let edge = count - 1; edge >= 0; edge--) {
    const start = starts[edge] ?? 0;
    const through = (backward[ends[edge] ?? 0] ?? 0) + (scores[edge] ?? 0);
    backward[start] = logAddExp(backward[start] ?? 0, through);
  }
  const all = forward[length] ?? 0;
  for (let edge = 0; edge < count; edge++) {
    const id = ids[edge] ?? 0;
    const share =
      (forward[starts[edge] ?? 0] ?? 0) +
      (scores[edge] ?? 0) +
      (backward[ends[edge] ?? 0] ?? 0) -
      all;
    expected[id] = (expected[id] ?? 0) + weight * Math.exp(share);
  }
};

/** How often each piece is to be expected in the texts (the E step). */
export function* expectedCounts(
  texts: readonly (readonly [string, number])[],
  pieces: Pieces,
): Generator<void, Float64Array, void> {
  const expected = new Float64Array(pieces.scores.length);
  const sums = sumsFor(texts.reduce((most, [text]) => Math.max(most, text.length), 0));
  const lattice = new Lattice();
  for (const [text, count] of texts) {
    lattice.fill(text, pieces);
    addExpected(lattice, count, expected, sums);
    yield;
  }
  return expected;
}

/** How often each piece stands in the best ways to cut the texts. */
export function* bestCounts(
  texts: readonly (readonly [string, number])[],
  pieces: Pieces,
): Generator<void, Float64Array, void> {
  const counts = new Float64Array(pieces.scores.length);
  const lattice = new Lattice();
  for (const [text, count] of texts) {
    lattice.fill(text, pieces);
    for (const edge of lattice.bestPath()) {
      const id = lattice.ids[edge] ?? 0;
      counts[id] = (counts[id] ?? 0) + count;
    }
    yield;
  }
  return counts;
}
