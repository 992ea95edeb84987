import { digest } from "../hash/internal/digest.ts";
import type { OpenDuplicateFilter } from "./duplicate-filter.ts";
import { type KeyMemory, openKeySet } from "./key-set.ts";

/** Settings of `exactDuplicates`. */
export type ExactDuplicateOptions = {
  /** "exact" (default), or a Bloom filter of fixed size. */
  readonly memory?: KeyMemory;
  /** What is compared: default the text as it is; `comparableText` ignores case, punctuation and digits. */
  readonly comparable?: (text: string) => string;
};

/**
 * Finds texts that are equal to an earlier one, by 128 bits of their SHA-1. With a Bloom filter the memory is fixed, no duplicate is
 * missed and a new text is taken for a duplicate at its stated rate.
 *
 * ```ts doctest
 * import { exactDuplicates } from "@adjoint/data";
 * const { isDuplicate } = exactDuplicates()();
 * ["a", "b", "a"].map(isDuplicate); // => [false, false, true]
 * ```
 */
export const exactDuplicates =
  (options: ExactDuplicateOptions = {}): OpenDuplicateFilter =>
  (state) => {
    const { memory = "exact", comparable = (text: string) => text } = options;
    const keys = openKeySet("exactDuplicates", memory, state);
    return { isDuplicate: (text) => !keys.add(digest(comparable(text))), state: keys.state };
  };
