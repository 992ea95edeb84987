import { ArgumentError } from "@adjoint/core";
import type { Example } from "../pack/example.ts";
import { type PaddedBatch, padExamples, type PadOptions } from "./pad-examples.ts";

/** A prompt, an answer that was preferred, and one that was not. */
export type PreferencePair = {
  readonly prompt: Int32Array;
  readonly chosen: Int32Array;
  readonly rejected: Int32Array;
};

/** Settings of `preferenceBatch`. */
export type PreferenceOptions = Omit<PadOptions, "side" | "multipleOf"> & {
  readonly multipleOf?: number;
};

/** Rows 0 … pairs - 1 are the chosen answers, the following ones the rejected, each behind its prompt. */
export type PreferenceBatch = PaddedBatch & {
  readonly pairs: number;
  /** Tokens that both rows of each pair begin with: the prompt, and what the answers share, (pairs). */
  readonly shared: Int32Array;
};

const commonLength = (a: Int32Array, b: Int32Array): number => {
  let same = 0;
  while (same < a.length && same < b.length && a[same] === b[same]) same++;
  return same;
};

const isSame = (a: Int32Array, b: Int32Array): boolean =>
  a.length === b.length && commonLength(a, b) === a.length;

/**
 * Two whole conversations as a pair: what they begin with alike is the prompt, as TRL's `extract_prompt`. Throws
 * ArgumentError when they do not differ, or when one is the beginning of the other, so that an answer would be empty.
 *
 * ```ts doctest
 * import { preferencePair } from "@adjoint/data";
 * const pair = preferencePair(Int32Array.of(1, 2, 3), Int32Array.of(1, 2, 4, 5));
 * [...pair.prompt]; // => [1, 2]
 * [...pair.rejected]; // => [4, 5]
 * ```
 */
export const preferencePair = (chosen: Int32Array, rejected: Int32Array): PreferencePair => {
  const same = commonLength(chosen, rejected);
  if (same < Math.min(chosen.length, rejected.length))
    return {
      prompt: chosen.slice(0, same),
      chosen: chosen.slice(same),
      rejected: rejected.slice(same),
    };
  throw new ArgumentError({
    operation: "preferencePair",
    rule: "the conversations must differ, and none may be the beginning of the other",
    got: `${chosen.length} and ${rejected.length} tokens, the first ${same} alike`,
  });
};

/** Prompt and answer in `length` tokens: the prompt loses its beginning, and an answer that is too long its end. */
const fit = (prompt: Int32Array, answer: Int32Array, room: number, length: number): Example => {
  const kept = prompt.subarray(prompt.length - Math.min(prompt.length, room));
  const end = answer.subarray(0, length - kept.length);
  const ids = new Int32Array(kept.length + end.length);
  ids.set(kept);
  ids.set(end, kept.length);
  return { ids, trained: new Uint8Array(ids.length).fill(1, kept.length) };
};

const checkPairs = (pairs: readonly PreferencePair[], length: number): void => {
  if (pairs.length === 0 || !(length >= 2))
    throw new ArgumentError({
      operation: "preferenceBatch",
      rule: "needs a pair, and a length of at least 2",
      got: `${pairs.length} pairs, length ${length}`,
    });
  const bad = pairs.findIndex(
    ({ prompt, chosen, rejected }) =>
      prompt.length === 0 ||
      chosen.length === 0 ||
      rejected.length === 0 ||
      isSame(chosen, rejected),
  );
  if (bad !== -1)
    throw new ArgumentError({
      operation: "preferenceBatch",
      rule: "a pair must have a prompt and two answers that differ",
      got: `pair ${bad}`,
      fix: "leave it out: it teaches nothing",
    });
};

/**
 * Preference pairs as one batch for DPO and reward models: both answers of a pair behind the same prompt, only answers
 * are targets. What is longer than `length` loses the beginning of its prompt, for both answers alike, down to one token;
 * after that answers lose their end. Throws ArgumentError for pairs without prompt, without an answer or with equal ones.
 *
 * ```ts doctest
 * import { preferenceBatch } from "@adjoint/data";
 * const pair = { prompt: Int32Array.of(1, 2), chosen: Int32Array.of(3, 4), rejected: Int32Array.of(5) };
 * const batch = preferenceBatch([pair]);
 * [...batch.inputs]; // => [1, 2, 3, 4, 1, 2, 5, 0]
 * [...batch.targets]; // => [-100, 3, 4, -100, -100, 5, -100, -100]
 * [...batch.shared]; // => [2]
 * ```
 */
export const preferenceBatch = (
  pairs: readonly PreferencePair[],
  options: PreferenceOptions = {},
): PreferenceBatch => {
  const { length = Infinity } = options;
  checkPairs(pairs, length);
  const rowsOf = (which: "chosen" | "rejected"): Example[] =>
    pairs.map((pair) => {
      const longer = Math.max(pair.chosen.length, pair.rejected.length);
      return fit(pair.prompt, pair[which], Math.max(1, length - longer), length);
    });
  const [chosen, rejected] = [rowsOf("chosen"), rowsOf("rejected")];
  const shared = Int32Array.from(chosen, ({ ids }, i) =>
    commonLength(ids, rejected[i]?.ids ?? ids),
  );
  const batch = padExamples([...chosen, ...rejected], options);
  return { ...batch, pairs: pairs.length, shared };
};
