import { mersenneTwister } from "../../hash/internal/mersenne-twister.ts";

/** h -> (a h + b) mod 2^64 mod (2^61 - 1) mod 2^32 for many (a, b): words of 32 bits, as signed integers. */
export type Permutations = {
  readonly aLow: Int32Array;
  readonly aHigh: Int32Array;
  readonly bLow: Int32Array;
  readonly bHigh: Int32Array;
  /** bLow with its top bit flipped: words compared as signed integers, which engines do without a detour over doubles. */
  readonly bFlipped: Int32Array;
};

const FLIP = 0x80000000 | 0;

const HIGH_MASK = 0x1fffffff;

/** numpy's `randint(low, 2^61 - 1, dtype=uint64)`: high word first, 61 bits, drawn again when beyond the range. */
const draw = (next: () => number, low: number): readonly [number, number] => {
  for (;;) {
    const high = next() & HIGH_MASK;
    const word = next();
    // at most 2^61 - 2 - low
    if (high < HIGH_MASK || word < 0xffffffff - low) {
      const sum = word + low;
      return [high + (sum > 0xffffffff ? 1 : 0), sum | 0];
    }
  }
};

/** The permutations of datasketch's MinHash for this seed. */
export const permutations = (count: number, seed: number): Permutations => {
  const next = mersenneTwister(seed);
  const made = {
    aLow: new Int32Array(count),
    aHigh: new Int32Array(count),
    bLow: new Int32Array(count),
    bHigh: new Int32Array(count),
    bFlipped: new Int32Array(count),
  };
  for (let i = 0; i < count; i++) {
    [made.aHigh[i], made.aLow[i]] = draw(next, 1);
    [made.bHigh[i], made.bLow[i]] = draw(next, 0);
    made.bFlipped[i] = made.bLow[i]! ^ FLIP;
  }
  return made;
};

/** The whole of permutation i, from the low word of a h + b. */
const permuted = (p: Permutations, i: number, hash: number, low: number): number => {
  const aLow = p.aLow[i]!;
  // The high word of a h + b from 16-bit halves of a: every product stays below 2^53.
  const bottom = (aLow & 0xffff) * hash + (p.bLow[i]! >>> 0);
  const middle = (aLow >>> 16) * hash + Math.floor(bottom / 65536);
  const high = (Math.imul(p.aHigh[i]!, hash) + p.bHigh[i]! + middle / 65536) >>> 0;
  // 2^61 is 1 modulo the prime: the three top bits are added to the rest.
  const sum = low + (high >>> 29);
  const wraps = (high & HIGH_MASK) === HIGH_MASK && sum >= 0xffffffff;
  return (wraps ? sum + 1 : sum) >>> 0;
};

/** Minima of no elements, for `lowerMinima`. */
export const noMinima = (count: number): Int32Array => new Int32Array(count).fill(0x7fffffff);

/** The minima as the unsigned words that they stand for. */
export const toSignature = (minima: Int32Array): Uint32Array =>
  Uint32Array.from(minima, (flipped) => (flipped ^ FLIP) >>> 0);

/** Lowers `minima`, whose top bits are flipped, to the permuted values of one hash. */
export const lowerMinima = (p: Permutations, hash: number, minima: Int32Array): void => {
  const { aLow, bFlipped } = p;
  for (let i = 0; i < minima.length; i++) {
    // The result is the low word of a h + b plus at most 8, so a low word that is no smaller than the minimum cannot win unless it wraps.
    const flipped = (Math.imul(aLow[i]!, hash) + bFlipped[i]!) | 0;
    if (flipped < minima[i]! || flipped > 0x7ffffff0) {
      const value = permuted(p, i, hash, (flipped ^ FLIP) >>> 0) ^ FLIP;
      if (value < minima[i]!) minima[i] = value;
    }
  }
};
