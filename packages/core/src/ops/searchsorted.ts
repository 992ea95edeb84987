import { isFloat, promoteTypes } from "../dtype.ts";
import { ShapeError } from "../errors.ts";
import { andP, shiftRightLogicalP } from "../primitives/binary.ts";
import { gatherP } from "../primitives/gather-scatter.ts";
import { dim, formatShape } from "../shape.ts";
import { Tensor, type TensorLike } from "../tensor.ts";
import { applyOne, applyPlain, asTensor } from "./operand.ts";

/** Settings of `searchsorted`. */
export type SearchOptions = {
  /** "left" (default): before equal elements; "right": behind them. */
  readonly side?: "left" | "right";
};

/** Order of `sort`: NaN is larger than every number. */
const before = (a: Tensor, b: Tensor): Tensor => {
  const smaller = a.less(b);
  if (!isFloat(a.dtype)) return smaller;
  return b.notEqual(b).where(a.equal(a), smaller);
};

/**
 * int32 places where `values` (any shape) would go into `sorted` (n) to keep it sorted, by binary search.
 * Throws ShapeError unless `sorted` has one axis.
 *
 * ```ts doctest
 * import { searchsorted, tensor } from "@adjoint/core";
 * await searchsorted(tensor([1, 2, 2, 4]), tensor([2, 3])).toArray(); // => [1, 3]
 * await searchsorted(tensor([1, 2, 2, 4]), 2, { side: "right" }).item(); // => 3
 * ```
 */
export const searchsorted = (
  sorted: Tensor,
  values: TensorLike,
  { side = "left" }: SearchOptions = {},
): Tensor => {
  if (sorted.rank !== 1)
    throw new ShapeError({
      operation: "searchsorted",
      rule: "the sorted operand must have one axis",
      got: formatShape(sorted.shape),
    });
  const wanted = typeof values === "object" ? values : asTensor(values, sorted.dtype);
  const dtype = promoteTypes(sorted.dtype, wanted.dtype);
  const [line, v] = [sorted.cast(dtype), wanted.cast(dtype)];
  const n = dim(line.shape, 0);
  let low = Tensor.literal(0, "int32").broadcastTo(v.shape);
  let high = Tensor.literal(n, "int32").broadcastTo(v.shape);
  for (let left = n; left > 0; left = Math.floor(left / 2)) {
    const open = low.less(high);
    const middle = applyPlain(shiftRightLogicalP, low.add(high), Tensor.literal(1, "int32"));
    const probe = applyOne(gatherP, [line, middle.reshape([...middle.shape, 1])], { batchDims: 0 });
    const isRight = side === "left" ? before(probe, v) : before(v, probe).equal(false);
    low = applyPlain(andP, open, isRight).where(middle.add(1), low);
    high = isRight.where(high, middle);
  }
  return low;
};
