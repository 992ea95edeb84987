import { ArgumentError } from "@adjoint/core";
import type { Example } from "../pack/example.ts";
import { NoTrainedTokensError } from "./no-trained-tokens-error.ts";

/** A part of a conversation as a chat template writes it: who speaks, and the tokens. */
export type ConversationPart = {
  /** `system`, `user`, `assistant`, `tool`, or whatever the template puts between them. */
  readonly role: string;
  readonly ids: ArrayLike<number>;
};

/** Settings of `conversationExample`. */
export type ConversationOptions = {
  /** Roles whose tokens are learned; `["assistant"]` when absent. The token that ends a turn belongs to its part. */
  readonly roles?: readonly string[];
  /** Whether all turns of those roles are learned (when absent), or the last one only. */
  readonly turns?: "all" | "last";
  /** Tokens that are kept, from the start; all when absent. */
  readonly maxLength?: number;
};

const unlearnable = (operation: string, got: string): NoTrainedTokensError =>
  new NoTrainedTokensError({
    operation,
    rule: "a conversation must have a token to learn",
    got,
    fix: "check the roles, or allow more tokens so that the answer is not cut off",
  });

/**
 * A conversation as an example of which only the answers are learned: supervised fine-tuning with the loss on the
 * assistant. What comes of it goes through `padExamples` or a packer, where the targets of everything else are -100.
 * Throws NoTrainedTokensError when nothing is left to learn, after cutting too.
 *
 * ```ts doctest
 * import { conversationExample, padExamples } from "@adjoint/data";
 * const example = conversationExample([
 *   { role: "user", ids: [1, 2] },
 *   { role: "assistant", ids: [3, 4] },
 * ]);
 * [...padExamples([example]).targets]; // => [-100, 3, 4, -100]
 * ```
 */
export const conversationExample = (
  parts: readonly ConversationPart[],
  { roles = ["assistant"], turns = "all", maxLength = Infinity }: ConversationOptions = {},
): Example => {
  const size = parts.reduce((sum, { ids }) => sum + ids.length, 0);
  const ids = new Int32Array(size);
  const trained = new Uint8Array(size);
  const last = parts.findLastIndex(({ role }) => roles.includes(role));
  let place = 0;
  for (const [i, part] of parts.entries()) {
    ids.set(part.ids, place);
    const isLearned = turns === "last" ? i === last : roles.includes(part.role);
    if (isLearned) trained.fill(1, place, place + part.ids.length);
    place += part.ids.length;
  }
  const end = Math.min(size, maxLength);
  // the first token has nothing before it that could predict it
  if (!trained.subarray(1, end).includes(1))
    throw unlearnable(
      "conversationExample",
      `roles ${parts.map(({ role }) => role).join(", ") || "none"} in ${end} of ${size} tokens`,
    );
  return { ids: ids.slice(0, end), trained: trained.slice(0, end) };
};

/** A text as tokens, and from where to where in the text each goes: pairs of characters, end not included. */
export type TokensWithOffsets = {
  readonly ids: Int32Array;
  readonly offsets: ArrayLike<number>;
};

/** Settings of `spansExample`. */
export type SpanOptions = Pick<ConversationOptions, "maxLength">;

/**
 * A rendered chat as an example of which only some spans of its text are learned, those that a chat template marks as
 * generated: a token is learned when it has a character in a span. Throws NoTrainedTokensError when no token is, and
 * ArgumentError for offsets of another number.
 *
 * ```ts doctest
 * import { spansExample } from "@adjoint/data";
 * const chat = { ids: Int32Array.of(7, 8, 9), offsets: [0, 4, 4, 6, 6, 9] };
 * [...(spansExample(chat, [[5, 9]]).trained ?? [])]; // => [0, 1, 1]
 * ```
 */
export const spansExample = (
  { ids, offsets }: TokensWithOffsets,
  spans: readonly (readonly [number, number])[],
  { maxLength = Infinity }: SpanOptions = {},
): Example => {
  if (offsets.length !== 2 * ids.length)
    throw new ArgumentError({
      operation: "spansExample",
      rule: `needs two offsets for each of ${ids.length} tokens`,
      got: `${offsets.length}`,
    });
  const end = Math.min(ids.length, maxLength);
  const trained = new Uint8Array(end);
  for (let i = 0; i < end; i++) {
    const [start, stop] = [offsets[2 * i] ?? 0, offsets[2 * i + 1] ?? 0];
    if (spans.some(([from, to]) => start < to && stop > from)) trained[i] = 1;
  }
  if (!trained.subarray(1).includes(1))
    throw unlearnable("spansExample", `${spans.length} spans in ${end} of ${ids.length} tokens`);
  return { ids: ids.slice(0, end), trained };
};
