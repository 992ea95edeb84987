import { ArgumentError, maximum, ShapeError, type Tensor } from "@adjoint/core";

/** How the losses of all places become one. */
export type ReductionOptions = {
  /** The mean over the places that count (default), their sum, or one loss for each place. */
  readonly reduction?: "mean" | "sum" | "none";
  /**
   * Which places count, a bool or number that broadcasts to the losses: numbers are weights, and the mean is the weighted
   * one. Where it is false or 0 a loss counts as 0 whatever it is.
   */
  readonly mask?: Tensor | undefined;
};

const weightsOf = (operation: string, mask: Tensor, each: Tensor): Tensor => {
  const fits =
    mask.rank <= each.rank &&
    mask.shape.every((d, i) => d === 1 || d === each.shape[each.rank - mask.rank + i]);
  if (fits) return mask.cast(each.dtype).broadcastTo(each.shape);
  throw new ShapeError({
    operation,
    rule: "mask must broadcast to the losses",
    got: `mask [${mask.shape.join()}] for losses [${each.shape.join()}]`,
  });
};

/**
 * Losses of all places, masked and reduced. The mean over nothing is 0. Throws ShapeError for a mask that does not fit,
 * ArgumentError for an unknown reduction.
 */
export const reduceLosses = (
  operation: string,
  each: Tensor,
  { reduction = "mean", mask }: ReductionOptions,
): Tensor => {
  if (!["mean", "sum", "none"].includes(reduction))
    throw new ArgumentError({
      operation,
      rule: "reduction must be one of mean, sum, none",
      got: JSON.stringify(reduction),
    });
  if (mask === undefined)
    return reduction === "none" ? each : reduction === "sum" ? each.sum() : each.mean();
  const weights = weightsOf(operation, mask, each);
  // selected and not only multiplied: what does not count may be infinite or NaN
  const kept = weights.notEqual(0).where(each.mul(weights), 0);
  if (reduction === "none") return kept;
  const total = kept.sum();
  if (reduction === "sum") return total;
  const count = weights.sum();
  return total.div(mask.dtype === "bool" ? maximum(count, 1) : count.equal(0).where(1, count));
};
