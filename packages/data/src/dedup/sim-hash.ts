import { hash64, type Hash64 } from "../hash/hash-text.ts";
import { addVotes, majority } from "./internal/votes.ts";

/**
 * Charikar's fingerprint of weighted features: bit i is set when more weight has it set than not, in the `hash64` of the features. Close
 * sets get close fingerprints: the share of equal bits estimates 1 - angle / π between the weight vectors.
 * @see https://www.cs.princeton.edu/courses/archive/spring04/cos598B/bib/CharikarEstim.pdf
 */
export const simHash = (features: Iterable<string> | ReadonlyMap<string, number>): Hash64 => {
  const votes = new Float64Array(64);
  if (features instanceof Map) {
    for (const [feature, weight] of features) addVotes(votes, hash64(feature), weight);
  } else {
    for (const feature of features) addVotes(votes, hash64(String(feature)), 1);
  }
  return majority(votes);
};

const bitCount = (word: number): number => {
  let x = word - ((word >>> 1) & 0x55555555);
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
};

/** How many of the 64 bits differ. */
export const hammingDistance = (a: Hash64, b: Hash64): number =>
  bitCount(a.high ^ b.high) + bitCount(a.low ^ b.low);
