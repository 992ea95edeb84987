import { ArgumentError, isTensor } from "@adjoint/core";
import { type Key, keyData } from "@adjoint/core/random";

/** Where randomness comes from: a seed, or a key of core. A seed counts as `key(seed)`. */
export type KeyLike = Key | number;

/** The two words of a key. */
export type KeyWords = readonly [number, number];

/** Gives the words of a key, and reads a key that is a tensor only once. Throws ArgumentError for what is no key. */
export const keyWords = (operation: string, key: KeyLike): (() => Promise<KeyWords>) => {
  if (typeof key === "number" && Number.isSafeInteger(key)) {
    const words: KeyWords = [0, ((key % 2 ** 32) + 2 ** 32) % 2 ** 32];
    return () => Promise.resolve(words);
  }
  if (!isTensor(key))
    throw new ArgumentError({
      operation,
      rule: "key must be a whole number or a key of core",
      got: typeof key === "number" ? `${key}` : typeof key,
    });
  let words: Promise<KeyWords> | undefined;
  return () => (words ??= keyData(key));
};

const turn = (x: number, bits: number): number => (x << bits) | (x >>> (32 - bits));
const rotations = [13, 15, 26, 6, 17, 29, 16, 24] as const;

/**
 * Threefry-2x32 with 20 rounds: two random words for a key and a counter of two words, as core's `bits` on one thread
 * and without tensors. Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3".
 */
export const threefry = ([k0, k1]: KeyWords, high: number, low: number): KeyWords => {
  const keys = [k0, k1, k0 ^ k1 ^ 0x1bd11bda];
  let a = (high + k0) | 0;
  let b = (low + k1) | 0;
  for (let round = 0; round < 20; round++) {
    a = (a + b) | 0;
    b = turn(b, rotations[round & 7]!) ^ a;
    if ((round & 3) !== 3) continue;
    const group = (round >> 2) + 1;
    a = (a + keys[group % 3]!) | 0;
    b = (b + keys[(group + 1) % 3]! + group) | 0;
  }
  return [a >>> 0, b >>> 0];
};

/** A number in [0, 1) with 53 random bits, for a key and a counter below 2^53. */
export const uniformAt = (key: KeyWords, counter: number): number => {
  const [a, b] = threefry(key, Math.floor(counter / 2 ** 32), counter >>> 0);
  return ((a >>> 6) * 2 ** 27 + (b >>> 5)) / 2 ** 53;
};

/** A whole number in [0, n), for a key and a counter below 2^53; uneven by less than n / 2^53. */
export const indexAt = (key: KeyWords, counter: number, n: number): number =>
  Math.floor(uniformAt(key, counter) * n);

/** A new key of a key and a number below 2^53, as core's `foldIn` for numbers below 2^32. */
export const foldKey = (key: KeyWords, data: number): KeyWords =>
  threefry(key, Math.floor(data / 2 ** 32), data >>> 0);
