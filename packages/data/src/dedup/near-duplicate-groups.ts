import { digest } from "../hash/internal/digest.ts";
import { signatureIndex } from "./internal/signature-index.ts";
import { isNear, type NearDuplicateOptions, planNear } from "./near-options.ts";
import { groupsOf, type UnionFind, unionFind } from "./union-find.ts";

const keyOf = (text: string): string => digest(text).subarray(0, 4).join();

/** Joins equal texts and returns the numbers of the first of each kind: long bands of copies would cost the square of their number. */
const joinCopies = (texts: readonly string[], groups: UnionFind): readonly number[] => {
  const first = new Map<string, number>();
  return texts.flatMap((text, i) => {
    const key = keyOf(text);
    const earlier = first.get(key);
    if (earlier === undefined) {
      first.set(key, i);
      return [i];
    }
    groups.join(earlier, i);
    return [];
  });
};

/**
 * Groups of near-duplicates: the numbers of the texts, each group in rising order, texts without any alone in theirs. Similarity is
 * followed from text to text (union-find), so the ends of a chain may differ by more than the threshold. Throws ArgumentError for settings
 * out of range.
 *
 * ```ts doctest
 * import { nearDuplicateGroups } from "@adjoint/data";
 * nearDuplicateGroups(["one two three", "four five six", "one two three"]); // => [[0, 2], [1]]
 * ```
 */
export const nearDuplicateGroups = (
  texts: readonly string[],
  options: NearDuplicateOptions = {},
): readonly (readonly number[])[] => {
  const plan = planNear("nearDuplicateGroups", options);
  const index = signatureIndex(plan.length, plan.bands);
  const groups = unionFind(texts.length);
  const distinct = joinCopies(texts, groups);
  distinct.forEach((document, own) => {
    const signature = plan.signature(texts[document] ?? "");
    index.some(signature, plan.maxCandidates, (id) => {
      const other = distinct[id] ?? own;
      const joined = groups.find(other) === groups.find(document);
      if (!joined && isNear(plan, signature, index.signature(id))) groups.join(other, document);
      return false;
    });
    index.insert(signature);
  });
  return groupsOf(texts.length, groups);
};
