import { ArgumentError } from "@adjoint/core";
import { hash32 } from "../hash/hash-text.ts";
import {
  lowerMinima,
  noMinima,
  permutations as makePermutations,
  toSignature,
} from "./internal/permutations.ts";

/** Settings of `minHash`. */
export type MinHashOptions = {
  /** How many permutations, and so the length of a signature; default 128. The error of an estimate is about 1 / √permutations. */
  readonly permutations?: number;
  /** Seed of the permutations, 0 to 2^32 - 1; default 1. */
  readonly seed?: number;
  /** Hash of an element, an unsigned 32-bit integer; default `hash32`. */
  readonly hash?: (element: string) => number;
};

/** What is left of a set: for each permutation the smallest value of its elements; all 2^32 - 1 for an empty set. */
export type Signature = Uint32Array;

const checkCount = (operation: string, name: string, value: number, max: number): void => {
  if (Number.isInteger(value) && value >= 0 && value <= max) return;
  const rule = `${name} must be an integer between 0 and ${max}`;
  throw new ArgumentError({ operation, rule, got: String(value) });
};

/**
 * Signatures whose share of equal places estimates the Jaccard similarity of the sets behind them. Equal, number for number, to
 * datasketch's `MinHash(num_perm, seed)` with `update(element.encode("utf-8"))`, its 64-bit wrap-around included; exact arithmetic would
 * give other signatures. Throws ArgumentError for a count or seed out of range.
 * @see https://www.cs.princeton.edu/courses/archive/spr05/cos598E/bib/broder97resemblance.pdf
 * @see https://github.com/ekzhu/datasketch
 *
 * ```ts doctest
 * import { minHash } from "@adjoint/data";
 * [...minHash({ permutations: 4 })(["Hello"])]; // => [734825475, 960773806, 359816889, 342714745]
 * ```
 */
export const minHash = (
  options: MinHashOptions = {},
): ((elements: Iterable<string>) => Signature) => {
  const { permutations = 128, seed = 1, hash = hash32 } = options;
  checkCount("minHash", "permutations", permutations, 65536);
  checkCount("minHash", "seed", seed, 0xffffffff);
  const made = makePermutations(permutations, seed);
  return (elements) => {
    const minima = noMinima(permutations);
    for (const element of elements) lowerMinima(made, hash(element) >>> 0, minima);
    return toSignature(minima);
  };
};

/** The similarity that two signatures estimate: their share of equal places. Throws ArgumentError when they differ in length. */
export const estimateJaccard = (a: Signature, b: Signature): number => {
  if (a.length !== b.length || a.length === 0) {
    const rule = "signatures must have the same length, at least 1";
    throw new ArgumentError({
      operation: "estimateJaccard",
      rule,
      got: `${a.length} and ${b.length}`,
    });
  }
  let equal = 0;
  for (let i = 0; i < a.length; i++) if (a[i] === b[i]) equal++;
  return equal / a.length;
};
