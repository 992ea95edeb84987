import { DatasetStateError } from "../errors.ts";
import type { DatasetState } from "../dataset/dataset.ts";
import type { OpenDuplicateFilter } from "./duplicate-filter.ts";
import { wordsFromBase64, wordsToBase64 } from "./internal/base64.ts";
import { type SignatureIndex, signatureIndex } from "./internal/signature-index.ts";
import { isNear, type NearDuplicateOptions, type NearPlan, planNear } from "./near-options.ts";

const openIndex = (plan: NearPlan, state: DatasetState | undefined): SignatureIndex => {
  const index = signatureIndex(plan.length, plan.bands);
  if (state === undefined || state === null) return index;
  const words = typeof state === "string" ? wordsFromBase64(state) : undefined;
  if (words === undefined || words.length % plan.length !== 0) {
    const rule = "the state must come from a filter of the same settings";
    throw new DatasetStateError({ operation: "nearDuplicates", rule, got: typeof state });
  }
  for (let at = 0; at < words.length; at += plan.length)
    index.insert(words.subarray(at, at + plan.length));
  return index;
};

/**
 * Finds texts whose shingles overlap those of an earlier, kept text, by MinHash signatures and locality-sensitive hashing: keep-first
 * in one pass. A kept text costs 4 bytes a permutation and about 8 a band (some 650 bytes at the defaults). Throws ArgumentError for
 * settings out of range.
 * @see https://github.com/ekzhu/datasketch
 *
 * ```ts doctest
 * import { nearDuplicates } from "@adjoint/data";
 * const { isDuplicate } = nearDuplicates({ shingle: { size: 2 } })();
 * const text = "the ferry leaves every morning at half past six and comes back late in the evening";
 * [text, `${text} tonight`, "an unrelated sentence about honey"].map(isDuplicate); // => [false, true, false]
 * ```
 */
export const nearDuplicates = (options: NearDuplicateOptions = {}): OpenDuplicateFilter => {
  const plan = planNear("nearDuplicates", options);
  return (state) => {
    const index = openIndex(plan, state);
    const isDuplicate = (text: string): boolean => {
      const signature = plan.signature(text);
      const near = (id: number): boolean => isNear(plan, signature, index.signature(id));
      const known = index.some(signature, plan.maxCandidates, near);
      if (!known) index.insert(signature);
      return known;
    };
    return { isDuplicate, state: () => wordsToBase64(index.words()) };
  };
};
