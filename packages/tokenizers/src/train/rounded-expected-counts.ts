import { Lattice, type Pieces } from "../models/lattice.ts";
import { addExpected, sumsFor } from "./expected-counts.ts";

/** The original leaves out texts of more bytes than this; 32 bits are too few for them. */
const longestRounded = 4192;

/** SentencePiece's threads by default; each sums up its own share of the texts. */
const shares = 16;

/** Differences of logarithms beyond which the original leaves out the lesser. */
const negligible = 50;

const { fround } = Math;

/** log(exp(a) + exp(b)) in 32 bits. */
const logAddExp = (a: number, b: number): number => {
  const [less, more] = a < b ? [a, b] : [b, a];
  if (more > fround(less + negligible)) return more;
  return fround(more + Math.log(Math.exp(fround(less - more)) + 1));
};

/** Working memory: log probabilities of all ways to each place, and from each place on. */
type Sums = { readonly forward: Float32Array; readonly backward: Float32Array };

/** Adds a probability to those of a place, which may be the first there. */
const addTo = (sums: Float32Array, place: number, logarithm: number): void => {
  const known = sums[place] ?? 0;
  const value = fround(logarithm);
  sums[place] = known === -Infinity ? value : logAddExp(known, value);
};

const sumUp = (lattice: Lattice, { forward, backward }: Sums): void => {
  const { starts, ends, scores, count, length } = lattice;
  forward.fill(-Infinity, 0, length + 1);
  backward.fill(-Infinity, 0, length + 1);
  forward[0] = 0;
  backward[length] = 0;
  for (let edge = 0; edge < count; edge++)
    addTo(forward, ends[edge] ?? 0, (scores[edge] ?? 0) + (forward[starts[edge] ?? 0] ?? 0));
  // From the last place on, but the edges of a place in their order, in which the original adds them.
  for (let end = count; end > 0;) {
    let first = end - 1;
    const start = starts[first] ?? 0;
    while (first > 0 && starts[first - 1] === start) first--;
    for (let edge = first; edge < end; edge++)
      addTo(backward, start, (scores[edge] ?? 0) + (backward[ends[edge] ?? 0] ?? 0));
    end = first;
  }
};

const addRounded = (lattice: Lattice, weight: number, expected: Float32Array, sums: Sums): void => {
  sumUp(lattice, sums);
  const { forward, backward } = sums;
  const { starts, ends, ids, scores, count, length } = lattice;
  const all = forward[length] ?? 0;
  for (let edge = 0; edge < count; edge++) {
    const before = fround((forward[starts[edge] ?? 0] ?? 0) + (scores[edge] ?? 0));
    const share = fround(fround(before + (backward[ends[edge] ?? 0] ?? 0)) - all);
    const id = ids[edge] ?? 0;
    expected[id] = (expected[id] ?? 0) + weight * Math.exp(share);
  }
};

/**
 * How often each piece is to be expected in the texts, in the 32 bits and the order in which SentencePiece adds: pieces
 * that are equally frequent get the scores that they get there, and which of them stay depends on nothing else.
 * Source: RunEStep in https://github.com/google/sentencepiece/blob/master/src/unigram_model_trainer.cc
 */
export function* roundedExpectedCounts(
  texts: readonly (readonly [string, number])[],
  pieces: Pieces,
): Generator<void, Float64Array, void> {
  const all = new Float32Array(pieces.scores.length);
  const expected = new Float32Array(pieces.scores.length);
  const longest = texts.reduce((most, [text]) => Math.max(most, text.length), 0);
  const rounded = Math.min(longest, longestRounded);
  const sums = { forward: new Float32Array(rounded + 1), backward: new Float32Array(rounded + 1) };
  const preciseSums = sumsFor(longest > rounded ? longest : 0);
  const lattice = new Lattice();
  for (let share = 0; share < shares; share++) {
    expected.fill(0);
    for (let i = share; i < texts.length; i += shares) {
      const [text, count] = texts[i] ?? ["", 0];
      lattice.fill(text, pieces);
      if (text.length > longestRounded) addExpected(lattice, count, expected, preciseSums);
      else addRounded(lattice, count, expected, sums);
      yield;
    }
    for (const [id, count] of expected.entries()) all[id] = (all[id] ?? 0) + count;
  }
  return Float64Array.from(all);
}
