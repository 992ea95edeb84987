import { fromData, type Tensor } from "@adjoint/core";
import { type CharTokenizer, trainCharTokenizer } from "@adjoint/tokenizers";
import type { DatePair } from "./date-pairs.ts";

/** Tokens that no text has: padding, what begins a translation, and what ends it. Control characters come first in the vocabulary. */
export const [padId, startId, endId] = [0, 1, 2] as const;

/** Tokens T of a translation: ten characters, and what ends them. */
export const targetLength = 11;

/** Pairs as tokens: the text int32 (N, S), and the translation (N, T) behind what begins it and before what ends it. */
export type DateRows = {
  readonly source: Tensor;
  readonly target: Tensor;
  readonly labels: Tensor;
};

/** The characters of all texts and of their translations. */
export const dateTokenizer = (pairs: readonly DatePair[]): CharTokenizer =>
  trainCharTokenizer(`\u0000\u0001\u0002${pairs.map(({ text, iso }) => text + iso).join("")}`);

/** Texts as tokens (N, S), as long as the longest of them or `length`. */
export const sourceRows = (
  texts: readonly string[],
  tokenizer: CharTokenizer,
  length = 0,
): Tensor => {
  const ids = texts.map((text) => tokenizer.encode(text));
  const width = ids.reduce((most, row) => Math.max(most, row.length), length);
  const data = new Int32Array(ids.length * width).fill(padId);
  ids.forEach((row, i) => data.set(row, i * width));
  return fromData(data, [ids.length, width]);
};

/** Pairs as tokens. */
export const dateRows = (pairs: readonly DatePair[], tokenizer: CharTokenizer): DateRows => {
  const shape = [pairs.length, targetLength];
  const target = new Int32Array(pairs.length * targetLength).fill(startId);
  const labels = new Int32Array(pairs.length * targetLength).fill(endId);
  pairs.forEach(({ iso }, i) => {
    const ids = tokenizer.encode(iso);
    target.set(ids, i * targetLength + 1);
    labels.set(ids, i * targetLength);
  });
  return {
    source: sourceRows(
      pairs.map(({ text }) => text),
      tokenizer,
    ),
    target: fromData(target, shape),
    labels: fromData(labels, shape),
  };
};
