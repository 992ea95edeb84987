import { ArgumentError } from "@adjoint/core";
import { DatasetStateError } from "../errors.ts";
import type { DatasetState } from "../dataset/dataset.ts";
import { wordsFromBase64 } from "./internal/base64.ts";
import { bloomFilter, bloomWords } from "./internal/bloom-filter.ts";
import { keyTable } from "./internal/key-table.ts";

/** A set of 128-bit keys that can be written down. */
export type KeySet = {
  /** Puts the four words in and says whether they were new. */
  readonly add: (key: Int32Array) => boolean;
  readonly state: () => DatasetState;
};

/** A set of fixed size that errs on one side. */
export type BloomOptions = {
  /** How many different keys it is made for. */
  readonly items: number;
  /** Probability that a new key is taken for a known one when that many are in, between 0 and 1. */
  readonly error: number;
};

/** What remembers keys: "exact" takes 16 to 32 bytes a key, a Bloom filter 1.44 log2(1 / error) bits of `items`, whatever comes. */
export type KeyMemory = "exact" | BloomOptions;

const MAX_WORDS = 2 ** 27;

const checkBloom = (operation: string, options: BloomOptions): void => {
  const { items, error } = options;
  const fits = Number.isSafeInteger(items) && items > 0 && error > 0 && error < 1;
  if (fits && bloomWords(options) <= MAX_WORDS) return;
  throw new ArgumentError({
    operation,
    rule: "a Bloom filter needs items >= 1, an error between 0 and 1, and at most 512 MB",
    got: `items ${items}, error ${error}`,
  });
};

const savedWords = (
  operation: string,
  state: DatasetState | undefined,
): Uint32Array | undefined => {
  if (state === undefined || state === null) return undefined;
  const words = typeof state === "string" ? wordsFromBase64(state) : undefined;
  if (words !== undefined) return words;
  throw new DatasetStateError({
    operation,
    rule: "the state must be one that this filter gave",
    got: typeof state,
  });
};

/** Opens a key set, new or as `state` says. Throws ArgumentError for bad settings, DatasetStateError for a state that is not from the same ones. */
export const openKeySet = (operation: string, memory: KeyMemory, state?: DatasetState): KeySet => {
  if (memory !== "exact") checkBloom(operation, memory);
  const saved = savedWords(operation, state);
  const size = memory === "exact" ? 4 : bloomWords(memory);
  if (
    saved !== undefined &&
    (memory === "exact" ? saved.length % size !== 0 : saved.length !== size)
  ) {
    const rule = "the state must come from a filter of the same settings";
    throw new DatasetStateError({ operation, rule, got: `${saved.length} words` });
  }
  if (memory === "exact") return keyTable(saved ?? new Uint32Array(0));
  return bloomFilter(memory, saved ?? new Uint32Array(size));
};
