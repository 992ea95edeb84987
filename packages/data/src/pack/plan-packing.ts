import { ArgumentError } from "@adjoint/core";
import { planBestFit } from "./plan-best-fit.ts";
import type { Piece } from "./piece.ts";
import { planWrapped } from "./plan-wrapped.ts";

/**
 * How documents become rows of one length. `wrapped`: all in a line, cut at every row's end. `bfd`: best fit,
 * longest first; of a document that is too long the rest is lost. `bfd_split`: the same, but a document that is too
 * long is cut into several, and nothing is lost.
 */
export type PackingStrategy = "wrapped" | "bfd" | "bfd_split";

/** Settings of `planPacking`. */
export type PackingOptions = {
  /** Tokens that a row holds at most. */
  readonly length: number;
  /** `bfd` when absent. */
  readonly strategy?: PackingStrategy;
};

/** Throws ArgumentError for a row length that is not a whole number of at least 1. */
export const checkRowLength = (operation: string, length: number): void => {
  if (Number.isSafeInteger(length) && length > 0 && length < 2 ** 31) return;
  throw new ArgumentError({
    operation,
    rule: "the length of a row must be a whole number of at least 1",
    got: `${length}`,
  });
};

/**
 * Which parts of which documents share a row, from the lengths of the documents alone: rows in order, each a list of
 * pieces in order. Documents without tokens are in no row. Takes O(n log(length)). The rows are those of TRL's
 * `pack_dataset` (trl/data_utils.py, f2cd577). Throws ArgumentError for lengths that are no counts.
 * @see https://arxiv.org/abs/2404.10830
 *
 * ```ts doctest
 * import { planPacking } from "@adjoint/data";
 * const rows = planPacking([3, 4, 1], { length: 4 });
 * rows.map((row) => row.map(({ document }) => document)); // => [[1], [0, 2]]
 * ```
 */
export const planPacking = (
  lengths: ArrayLike<number>,
  { length, strategy = "bfd" }: PackingOptions,
): readonly (readonly Piece[])[] => {
  checkRowLength("planPacking", length);
  for (let i = 0; i < lengths.length; i++)
    if (!Number.isSafeInteger(lengths[i]) || (lengths[i] ?? -1) < 0)
      throw new ArgumentError({
        operation: "planPacking",
        rule: "lengths must be whole numbers of at least 0",
        got: `${lengths[i]} for document ${i}`,
      });
  switch (strategy) {
    case "wrapped":
      return planWrapped(lengths, length);
    case "bfd":
      return planBestFit(lengths, length, false);
    case "bfd_split":
      return planBestFit(lengths, length, true);
    default:
      throw new ArgumentError({
        operation: "planPacking",
        rule: "strategy must be wrapped, bfd or bfd_split",
        got: String(strategy),
      });
  }
};
