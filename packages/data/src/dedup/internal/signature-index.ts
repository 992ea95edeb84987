import type { Bands } from "../optimal-bands.ts";
import type { Signature } from "../min-hash.ts";

const MIX = 0x85ebca77;

/** Hash of one band of a signature, different for the same rows in another band. */
const bandHash = (words: Uint32Array, start: number, rows: number, band: number): number => {
  let h = Math.imul(band + 1, 0x9e3779b1);
  for (let i = start; i < start + rows; i++) {
    h = Math.imul(h ^ words[i]!, MIX);
    h ^= h >>> 15;
  }
  h = Math.imul(h, 0x2c1b3c6d);
  return h ^ (h >>> 13);
};

/** Signatures that are found again by any one band; numbered in the order in which they came. */
export type SignatureIndex = {
  readonly size: () => number;
  readonly insert: (signature: Signature) => void;
  /**
   * Visits earlier signatures that share a band with this one, newest first, possibly more than once, until `visit` says true; at most
   * `limit` visits. Says whether it did.
   */
  readonly some: (signature: Signature, limit: number, visit: (id: number) => boolean) => boolean;
  readonly signature: (id: number) => Signature;
  /** All the signatures, one after another. */
  readonly words: () => Uint32Array;
};

/** Chained hashing over flat arrays: 4 bytes a place of a signature and about 8 a band. */
export const signatureIndex = (length: number, { bands, rows }: Bands): SignatureIndex => {
  let count = 0;
  let words = new Uint32Array(16 * length);
  // entry = id * bands + band, kept as entry + 1 so that 0 ends a chain
  let next = new Int32Array(16 * bands);
  let heads = new Int32Array(64);

  const link = (id: number): void => {
    for (let band = 0; band < bands; band++) {
      const slot = bandHash(words, id * length + band * rows, rows, band) & (heads.length - 1);
      const entry = id * bands + band;
      next[entry] = heads[slot]!;
      heads[slot] = entry + 1;
    }
  };

  const grow = (): void => {
    const [oldWords, oldNext] = [words, next];
    words = new Uint32Array(oldWords.length * 2);
    words.set(oldWords);
    next = new Int32Array(oldNext.length * 2);
    while (heads.length < next.length) heads = new Int32Array(heads.length * 2);
    heads.fill(0);
    for (let id = 0; id < count; id++) link(id);
  };

  const insert = (signature: Signature): void => {
    if ((count + 1) * length > words.length) grow();
    words.set(signature, count * length);
    link(count++);
  };

  const sameBand = (signature: Signature, id: number, band: number): boolean => {
    const start = band * rows;
    const base = id * length;
    for (let i = start; i < start + rows; i++) if (words[base + i] !== signature[i]) return false;
    return true;
  };

  const some: SignatureIndex["some"] = (signature, limit, visit) => {
    let visits = 0;
    for (let band = 0; band < bands; band++) {
      let entry = heads[bandHash(signature, band * rows, rows, band) & (heads.length - 1)]!;
      for (; entry !== 0; entry = next[entry - 1]!) {
        const id = Math.floor((entry - 1) / bands);
        if ((entry - 1) % bands !== band || !sameBand(signature, id, band)) continue;
        if (visits++ >= limit) return false;
        if (visit(id)) return true;
      }
    }
    return false;
  };

  return {
    size: () => count,
    insert,
    some,
    signature: (id) => words.subarray(id * length, (id + 1) * length),
    words: () => words.subarray(0, count * length),
  };
};
