import { ArgumentError } from "@adjoint/core";
import type { Example } from "../pack/example.ts";
import { ignoreIndex as defaultIgnoreIndex } from "./ignore-index.ts";

/** Settings of `padExamples`. */
export type PadOptions = {
  /** The id that fills up; 0 when absent. Nothing ever looks for it: `mask` and `lengths` say what is padding. */
  readonly padId?: number;
  /** Where padding goes: `right` when absent; `left` for generation. */
  readonly side?: "right" | "left";
  /** Tokens of a row; the longest example's when absent. Longer examples lose their end. */
  readonly length?: number;
  /** Rounds the length up to a multiple of this; 1 when absent. */
  readonly multipleOf?: number;
  /** The target of places that do not count; -100 when absent. */
  readonly ignoreIndex?: number;
};

/** Examples side by side; arrays are (B, T) in row-major order. */
export type PaddedBatch = {
  readonly shape: readonly [number, number];
  readonly inputs: Int32Array;
  /** The token after each input, where it is to be learned. */
  readonly targets: Int32Array;
  /** 1 for tokens, 0 for padding. */
  readonly mask: Uint8Array;
  /** Tokens of each row, (B). */
  readonly lengths: Int32Array;
  /** Targets that count. */
  readonly trainedTokens: number;
};

const checkSizes = (length: number, multipleOf: number): void => {
  for (const size of [length, multipleOf])
    if (!Number.isSafeInteger(size) || size < 1)
      throw new ArgumentError({
        operation: "padExamples",
        rule: "length and multipleOf must be whole numbers of at least 1",
        got: `${length} and ${multipleOf}`,
      });
};

/**
 * Examples as one batch, filled up to one length. Throws ArgumentError for no examples and for lengths that are no
 * counts.
 *
 * ```ts doctest
 * import { padExamples } from "@adjoint/data";
 * const batch = padExamples([{ ids: Int32Array.of(5, 6, 7) }, { ids: Int32Array.of(8) }], { padId: 1 });
 * batch.shape; // => [2, 3]
 * [...batch.inputs]; // => [5, 6, 7, 8, 1, 1]
 * [...batch.targets]; // => [6, 7, -100, -100, -100, -100]
 * [...batch.mask]; // => [1, 1, 1, 1, 0, 0]
 * ```
 */
export const padExamples = (
  examples: readonly Example[],
  options: PadOptions = {},
): PaddedBatch => {
  const { padId = 0, side = "right", multipleOf = 1, ignoreIndex = defaultIgnoreIndex } = options;
  const longest = examples.reduce((most, { ids }) => Math.max(most, ids.length), 1);
  const { length: wanted = longest } = options;
  checkSizes(wanted, multipleOf);
  if (examples.length === 0)
    throw new ArgumentError({ operation: "padExamples", rule: "needs at least one example" });
  const length = Math.ceil(wanted / multipleOf) * multipleOf;
  const size = examples.length * length;
  const inputs = new Int32Array(size).fill(padId);
  const targets = new Int32Array(size).fill(ignoreIndex);
  const mask = new Uint8Array(size);
  const lengths = Int32Array.from(examples, ({ ids }) => Math.min(length, ids.length));
  let trainedTokens = 0;
  examples.forEach(({ ids, trained }, row) => {
    const count = lengths[row] ?? 0;
    const first = row * length + (side === "left" ? length - count : 0);
    inputs.set(ids.subarray(0, count), first);
    mask.fill(1, first, first + count);
    for (let t = 0; t + 1 < count; t++) {
      if (trained !== undefined && trained[t + 1] !== 1) continue;
      targets[first + t] = ids[t + 1] ?? ignoreIndex;
      trainedTokens++;
    }
  });
  return { shape: [examples.length, length], inputs, targets, mask, lengths, trainedTokens };
};
