import { hash32 } from "@adjoint/data";
import type { Sentence } from "./read-sentences.ts";

/** Which of `count` parts each sentence is in: its text alone decides, so that no order and no seed can be chosen. */
export const foldOf = ({ text }: Sentence, count: number): number => hash32(text) % count;

/** What there is to learn from while part `fold` is held out, and that part. */
export const heldOut = (
  sentences: readonly Sentence[],
  fold: number,
  count: number,
): { readonly train: readonly Sentence[]; readonly test: readonly Sentence[] } => ({
  train: sentences.filter((sentence) => foldOf(sentence, count) !== fold),
  test: sentences.filter((sentence) => foldOf(sentence, count) === fold),
});
