import { digest } from "./internal/digest.ts";

const swapBytes = (word: number): number =>
  ((word >>> 24) | ((word >>> 8) & 0xff00) | ((word << 8) & 0xff0000) | (word << 24)) >>> 0;

const hexWord = (word: number): string => (word >>> 0).toString(16).padStart(8, "0");

/**
 * Fingerprint of a text: the first 128 bits of the SHA-1 of its UTF-8, as 32 hexadecimal digits. Among n texts two different ones
 * share it with probability n² / 2^129. It finds copies; it is no protection against someone who makes collisions.
 *
 * ```ts doctest
 * import { contentHash } from "@adjoint/data";
 * contentHash("abc"); // => "a9993e364706816aba3e25717850c26c"
 * ```
 */
export const contentHash = (text: string): string => {
  const words = digest(text);
  return Array.from(words.subarray(0, 4), hexWord).join("");
};

/** The first 32 bits of the SHA-1 of the text, read little-endian: the hash that datasketch's MinHash takes by default. */
export const hash32 = (text: string): number => swapBytes(digest(text)[0] ?? 0);

/** 64 bits as two unsigned words. */
export type Hash64 = { readonly high: number; readonly low: number };

/** The first 64 bits of the SHA-1 of the text, read little-endian (datasketch's `sha1_hash64`). */
export const hash64 = (text: string): Hash64 => {
  const words = digest(text);
  return { low: swapBytes(words[0] ?? 0), high: swapBytes(words[1] ?? 0) };
};
