import { ArgumentError } from "@adjoint/core";
import { DatasetStateError } from "../errors.ts";
import type { DatasetState } from "../dataset/dataset.ts";
import type { Hash64 } from "../hash/hash-text.ts";
import type { OpenDuplicateFilter } from "./duplicate-filter.ts";
import { wordsFromBase64, wordsToBase64 } from "./internal/base64.ts";
import { type ShingleOptions, shingles } from "./shingles.ts";
import { hammingDistance, simHash } from "./sim-hash.ts";

/** Settings of `similarHashes`. */
export type SimilarHashOptions = {
  /** How many of the 64 bits may differ, 0 to 7; default 3. */
  readonly distance?: number;
  /** What the fingerprint is made of; default words in runs of 3. */
  readonly shingle?: ShingleOptions;
  /** How many texts of the same block are looked at for one text; default 1000. */
  readonly maxCandidates?: number;
};

/** Bits `from` to `to` of a hash as a number. */
const bitsOf = ({ high, low }: Hash64, from: number, to: number): number =>
  Math.floor((high * 2 ** 32 + low) / 2 ** from) % 2 ** (to - from);

/** Fingerprints by each of distance + 1 blocks: two that differ in `distance` bits agree in one block at least. */
type Blocks = {
  readonly find: (hash: Hash64, limit: number, fits: (other: Hash64) => boolean) => boolean;
  readonly insert: (hash: Hash64) => void;
};

const blockKey = (hash: Hash64, block: number, blocks: number): number => {
  const from = Math.floor((block * 64) / blocks);
  const to = Math.floor(((block + 1) * 64) / blocks);
  // A block that lies across both words would not fit a double: the words are cut apart.
  if (to <= 32) return bitsOf({ high: 0, low: hash.low }, from, to);
  if (from >= 32) return bitsOf({ high: 0, low: hash.high }, from - 32, to - 32);
  const low = bitsOf({ high: 0, low: hash.low }, from, 32);
  return bitsOf({ high: 0, low: hash.high }, 0, to - 32) * 2 ** (32 - from) + low;
};

const openBlocks = (count: number): Blocks => {
  const tables = Array.from({ length: count }, () => new Map<number, Hash64[]>());
  const find: Blocks["find"] = (hash, limit, fits) => {
    let visits = 0;
    for (const [block, table] of tables.entries()) {
      for (const other of table.get(blockKey(hash, block, count)) ?? []) {
        if (visits++ >= limit) return false;
        if (fits(other)) return true;
      }
    }
    return false;
  };
  const insert = (hash: Hash64): void => {
    for (const [block, table] of tables.entries()) {
      const key = blockKey(hash, block, count);
      const bucket = table.get(key);
      if (bucket === undefined) table.set(key, [hash]);
      else bucket.push(hash);
    }
  };
  return { find, insert };
};

const savedHashes = (state: DatasetState | undefined): Hash64[] => {
  if (state === undefined || state === null) return [];
  const words = typeof state === "string" ? wordsFromBase64(state) : undefined;
  if (words === undefined || words.length % 2 !== 0) {
    const rule = "the state must be one that this filter gave";
    throw new DatasetStateError({ operation: "similarHashes", rule, got: typeof state });
  }
  return Array.from({ length: words.length / 2 }, (_, i) => ({
    high: words[2 * i] ?? 0,
    low: words[2 * i + 1] ?? 0,
  }));
};

/**
 * Finds texts whose 64-bit SimHash differs from that of an earlier, kept text in at most `distance` bits: less memory than MinHash
 * (8 bytes and a few references a text), but coarser. Throws ArgumentError for a distance out of range.
 * @see https://research.google.com/pubs/archive/33026.pdf
 */
export const similarHashes = (options: SimilarHashOptions = {}): OpenDuplicateFilter => {
  const { distance = 3, shingle = { size: 3 }, maxCandidates = 1000 } = options;
  if (!Number.isInteger(distance) || distance < 0 || distance > 7) {
    const rule = "distance must be an integer from 0 to 7";
    throw new ArgumentError({ operation: "similarHashes", rule, got: String(distance) });
  }
  return (state) => {
    const blocks = openBlocks(distance + 1);
    const kept = savedHashes(state);
    for (const hash of kept) blocks.insert(hash);
    const isDuplicate = (text: string): boolean => {
      const hash = simHash(shingles(text, shingle));
      const near = (other: Hash64): boolean => hammingDistance(hash, other) <= distance;
      if (blocks.find(hash, maxCandidates, near)) return true;
      kept.push(hash);
      blocks.insert(hash);
      return false;
    };
    const save = (): DatasetState =>
      wordsToBase64(Uint32Array.from(kept.flatMap(({ high, low }) => [high, low])));
    return { isDuplicate, state: save };
  };
};
