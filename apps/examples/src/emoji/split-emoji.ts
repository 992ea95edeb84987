import { collect, fromArray, pipe, split } from "@adjoint/data";
import type { Emoji } from "./emoji.ts";

/** Emoji to learn from, to choose settings with, and to measure with at the end. */
export type EmojiParts = {
  readonly train: readonly Emoji[];
  readonly validation: readonly Emoji[];
  readonly test: readonly Emoji[];
};

/**
 * 80, 10 and 10 % of the emoji, by a keyed hash of their places. There are no skin tones among them, so that none is in two parts; what
 * differs in gender or hair alone, as man and woman detective, counts as different emoji.
 */
export const splitEmoji = async (emoji: readonly Emoji[], key: number = 0): Promise<EmojiParts> => {
  const { train, validation, test } = pipe(
    fromArray(emoji),
    split({ train: 8, validation: 1, test: 1 }, { key }),
  );
  return {
    train: await collect(train),
    validation: await collect(validation),
    test: await collect(test),
  };
};
