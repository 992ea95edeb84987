import { ArgumentError, maximum, type Tensor } from "@adjoint/core";
import { isHalf, widened } from "../internal/half-precision.ts";
import { countedPlaces } from "./counted.ts";

/** How the losses of all places become one. */
export type ReductionOptions = {
  /** The mean over the places that count (default), their sum, or one loss for each place. */
  readonly reduction?: "mean" | "sum" | "none";
  /**
   * Which places count, a bool or number that broadcasts to the losses: numbers are weights, and the mean is the weighted
   * one. Where it is false or 0 a loss counts as 0 and adds 0 to the gradient, whatever stands there.
   */
  readonly mask?: Tensor | undefined;
};

/** Throws ArgumentError for an unknown reduction. */
export const checkReduction = (operation: string, reduction: unknown): void => {
  if (typeof reduction === "string" && ["mean", "sum", "none"].includes(reduction)) return;
  throw new ArgumentError({
    operation,
    rule: "reduction must be one of mean, sum, none",
    got: typeof reduction === "string" ? JSON.stringify(reduction) : String(reduction),
  });
};

/** The mean over nothing is 0. */
const unmasked = (each: Tensor, reduction: ReductionOptions["reduction"]): Tensor => {
  if (reduction === "none") return each;
  return reduction === "sum" || each.size === 0 ? each.sum() : each.mean();
};

/** `each` in at least float32: sums of 16 bits overflow or stand still where counts do. */
const masked = (
  each: Tensor,
  mask: Tensor,
  counted: Tensor,
  reduction: ReductionOptions["reduction"],
): Tensor => {
  const weights = mask.cast(each.dtype).broadcastTo(each.shape);
  // selected and not only multiplied: what does not count may be infinite or NaN
  const kept = counted.where(each.mul(weights), 0);
  if (reduction === "none") return kept;
  const total = kept.sum();
  if (reduction === "sum") return total;
  const count = weights.sum();
  return total.div(mask.dtype === "bool" ? maximum(count, 1) : count.equal(0).where(1, count));
};

/**
 * Losses of all places, masked and reduced. The mean over nothing is 0. What the losses of masked places are made from
 * must be `selected` as well, or their gradients may be NaN. Throws ShapeError for a mask that does not fit, ArgumentError for an unknown reduction.
 */
export const reduceLosses = (
  operation: string,
  each: Tensor,
  { reduction = "mean", mask }: ReductionOptions,
): Tensor => {
  checkReduction(operation, reduction);
  const counted = countedPlaces(operation, mask, each.shape);
  if (mask === undefined || counted === undefined) return unmasked(each, reduction);
  const result = masked(widened(each), mask, counted, reduction);
  return isHalf(each) ? result.cast(each.dtype) : result;
};
