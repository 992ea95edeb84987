import { checkDType, type DType } from "../dtype.ts";
import { ArgumentError } from "../errors.ts";
import { normalizeAxis } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { iota } from "./ranges.ts";
import { type IndexLike, indicesOf } from "./indices.ts";

/** Settings of `oneHot`. */
export type OneHotOptions = {
  /** Where the new axis goes in the result; default -1. */
  readonly axis?: number;
  /** Element type of the result; default float32. */
  readonly dtype?: DType;
};

/**
 * 1 at each index along a new axis of size `numClasses`, 0 elsewhere; indices out of range (negative ones too) give zeros.
 *
 * ```ts doctest
 * import { oneHot } from "@adjoint/core";
 * await oneHot([2, 0], 3).toArray(); // => [[0, 0, 1], [1, 0, 0]]
 * ```
 */
export const oneHot = (
  indices: IndexLike,
  numClasses: number,
  { axis = -1, dtype = "float32" }: OneHotOptions = {},
): Tensor => {
  if (!Number.isInteger(numClasses) || numClasses < 0)
    throw new ArgumentError({
      operation: "oneHot",
      rule: "numClasses must be a whole number of 0 or more",
      got: `${numClasses}`,
    });
  const index = indicesOf("oneHot", indices);
  const place = normalizeAxis("oneHot", axis, index.rank + 1);
  const classes = iota([numClasses, ...index.shape.slice(place).map(() => 1)]);
  return index.expandDims(place).equal(classes).cast(checkDType("oneHot", dtype));
};
