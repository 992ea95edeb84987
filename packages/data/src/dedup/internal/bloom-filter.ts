import type { BloomOptions, KeySet } from "../key-set.ts";
import { wordsToBase64 } from "./base64.ts";

/** Bits and probes for `items` keys at a false positive rate of `error` (Bloom 1970; the usual optimum). */
const sizes = ({
  items,
  error,
}: BloomOptions): { readonly bits: number; readonly probes: number } => {
  const bits = Math.max(64, Math.ceil((-items * Math.log(error)) / Math.LN2 ** 2));
  return { bits, probes: Math.max(1, Math.round((bits / items) * Math.LN2)) };
};

/** How many words the bits of these settings take. */
export const bloomWords = (options: BloomOptions): number => Math.ceil(sizes(options).bits / 32);

/**
 * A set of fixed size that never forgets a key and takes a new one for known with probability `error` once it holds `items`. Probes by
 * enhanced double hashing (Dillinger and Manolios 2004) of the key's words.
 */
export const bloomFilter = (options: BloomOptions, words: Uint32Array): KeySet => {
  const { bits, probes } = sizes(options);
  const add = (key: Int32Array): boolean => {
    let position = key[0]!;
    let step = key[1]! | 1;
    let isNew = false;
    for (let i = 0; i < probes; i++) {
      const bit = Math.floor(((position >>> 0) / 2 ** 32) * bits);
      const mask = 1 << (bit & 31);
      if ((words[bit >>> 5]! & mask) === 0) isNew = true;
      words[bit >>> 5] = words[bit >>> 5]! | mask;
      position = (position + step) | 0;
      step = (step + i + 1) | 0;
    }
    return isNew;
  };
  return { add, state: () => wordsToBase64(words) };
};
