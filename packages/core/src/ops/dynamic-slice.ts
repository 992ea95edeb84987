import { ShapeError } from "../errors.ts";
import { dynamicSliceP, dynamicUpdateSliceP } from "../primitives/dynamic-slice.ts";
import { dim, formatShape, normalizeAxis, type Shape } from "../shape.ts";
import type { Tensor, TensorLike } from "../tensor.ts";
import { fromStart, type IndexLike, indicesOf, updatesOf } from "./indices.ts";
import { applyOne, asTensor, isTensor } from "./operand.ts";

/** Where a window starts: one whole number or int scalar per axis, or a tensor of one number per axis. */
export type Starts = Tensor | readonly IndexLike[];

const startList = (operation: string, starts: Starts, shape: Shape): readonly Tensor[] => {
  const list = isTensor(starts)
    ? unstackStarts(operation, starts, shape)
    : starts.map((s) => indicesOf(operation, s));
  if (list.length !== shape.length || list.some((s) => s.rank !== 0))
    throw new ShapeError({
      operation,
      rule: "needs one scalar start per axis",
      got: `${list.length} starts for ${formatShape(shape)}`,
    });
  return list.map((s, i) => fromStart(s, [dim(shape, i)]));
};

const unstackStarts = (operation: string, starts: Tensor, shape: Shape): readonly Tensor[] => {
  if (starts.rank !== 1 || starts.shape[0] !== shape.length)
    throw new ShapeError({
      operation,
      rule: "needs one start per axis",
      got: `starts ${formatShape(starts.shape)} for ${formatShape(shape)}`,
    });
  const whole = indicesOf(operation, starts);
  return shape.map((_, i) => whole.slice([i], [i + 1]).reshape([]));
};

/**
 * A window of static `sizes` that starts where run-time values say. Negative starts count from the end; then they are
 * clamped so that the window fits (as `jax.lax.dynamic_slice`). Throws ShapeError for a window larger than `x`.
 *
 * ```ts doctest
 * import { dynamicSlice, tensor } from "@adjoint/core";
 * const x = tensor([[1, 2, 3], [4, 5, 6]]);
 * await dynamicSlice(x, [0, 1], [2, 2]).toArray(); // => [[2, 3], [5, 6]]
 * await dynamicSlice(x, [1, 9], [1, 2]).toArray(); // => [[5, 6]]
 * ```
 */
export const dynamicSlice = (x: TensorLike, starts: Starts, sizes: Shape): Tensor => {
  const operand = asTensor(x);
  return applyOne(dynamicSliceP, [operand, ...startList("dynamicSlice", starts, operand.shape)], {
    sizes,
  });
};

const onAxis = (
  operation: string,
  x: Tensor,
  start: IndexLike,
  axis: number,
): readonly [number, readonly IndexLike[]] => {
  const place = normalizeAxis(operation, axis, x.rank);
  return [place, x.shape.map((_, i) => (i === place ? start : 0))];
};

/**
 * `size` elements from `start` along one axis, the others whole; clamped as `dynamicSlice`.
 *
 * ```ts doctest
 * import { arange, dynamicSliceInDim } from "@adjoint/core";
 * await dynamicSliceInDim(arange(5), 2, 2).toArray(); // => [2, 3]
 * ```
 */
export const dynamicSliceInDim = (
  x: TensorLike,
  start: IndexLike,
  size: number,
  axis: number = 0,
): Tensor => {
  const operand = asTensor(x);
  const [place, starts] = onAxis("dynamicSliceInDim", operand, start, axis);
  return dynamicSlice(operand, starts, operand.shape.toSpliced(place, 1, size));
};

/**
 * `x` with the window that starts at `starts` replaced by `update`; clamped as `dynamicSlice`.
 * Throws ShapeError when the update is larger than `x`, DTypeError when converting it would lose information.
 *
 * ```ts doctest
 * import { dynamicUpdateSlice, tensor, zeros } from "@adjoint/core";
 * await dynamicUpdateSlice(zeros([4]), tensor([1, 2]), [1]).toArray(); // => [0, 1, 2, 0]
 * ```
 */
export const dynamicUpdateSlice = (x: TensorLike, update: TensorLike, starts: Starts): Tensor => {
  const operand = asTensor(x);
  const values = updatesOf("dynamicUpdateSlice", operand, update);
  return applyOne(
    dynamicUpdateSliceP,
    [operand, values, ...startList("dynamicUpdateSlice", starts, operand.shape)],
    {},
  );
};

/** As `dynamicUpdateSlice` along one axis, from 0 along the others. */
export const dynamicUpdateSliceInDim = (
  x: TensorLike,
  update: TensorLike,
  start: IndexLike,
  axis: number = 0,
): Tensor => {
  const operand = asTensor(x);
  const [, starts] = onAxis("dynamicUpdateSliceInDim", operand, start, axis);
  return dynamicUpdateSlice(operand, update, starts);
};
