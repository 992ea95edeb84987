import { argMaxP, argMinP } from "../primitives/arg-reduce.ts";
import type { AxisParams } from "../primitives/concatenate.ts";
import { type Primitive } from "../primitives/primitive.ts";
import { keepDims } from "../primitives/reduction.ts";
import { sortP } from "../primitives/sort.ts";
import { topKP } from "../primitives/top-k.ts";
import type { ReduceOptions } from "../methods.ts";
import { dim, normalizeAxis } from "../shape.ts";
import { apply, type Tensor, type TensorLike } from "../tensor.ts";
import { flip, moveaxis } from "./axes.ts";
import { iota } from "./ranges.ts";
import { applyOne, asTensor } from "./operand.ts";

/** Settings of `sort` and `argsort`. */
export type SortOptions = {
  /** Largest first, so NaN first; default false. */
  readonly descending?: boolean;
};

/**
 * The elements in ascending order along an axis (the last by default), NaN last. Gradients go back to where each element came from.
 *
 * ```ts doctest
 * import { sort, tensor } from "@adjoint/core";
 * await sort(tensor([3, 1, 2])).toArray(); // => [1, 2, 3]
 * await sort(tensor([3, 1, 2]), -1, { descending: true }).toArray(); // => [3, 2, 1]
 * ```
 */
export const sort = (
  x: TensorLike,
  axis: number = -1,
  { descending = false }: SortOptions = {},
): Tensor => {
  const t = asTensor(x);
  const place = normalizeAxis("sort", axis, t.rank);
  const sorted = applyOne(sortP, [t], { axis: place, numKeys: 1 });
  return descending ? flip(sorted, place) : sorted;
};

/**
 * int32 indices that sort `x` along an axis (the last by default); equal elements keep their order.
 *
 * ```ts doctest
 * import { argsort, tensor } from "@adjoint/core";
 * await argsort(tensor([3, 1, 2, 1])).toArray(); // => [1, 3, 2, 0]
 * await argsort(tensor([3, 1, 2, 1]), -1, { descending: true }).toArray(); // => [0, 2, 1, 3]
 * ```
 */
export const argsort = (
  x: TensorLike,
  axis: number = -1,
  { descending = false }: SortOptions = {},
): Tensor => {
  const t = asTensor(x);
  const place = normalizeAxis("argsort", axis, t.rank);
  const order = (keys: Tensor): Tensor =>
    apply(sortP, [keys, iota(keys.shape, place)], { axis: place, numKeys: 1 })[1] ?? keys;
  if (!descending) return order(t);
  return flip(order(flip(t, place)), place)
    .neg()
    .add(dim(t.shape, place) - 1); // reversed twice: ties keep their order
};

/**
 * The `k` largest elements along an axis (the last by default), largest first, and their int32 indices. Of equal
 * elements the first comes first; NaN counts as the largest. Throws ArgumentError for k beyond the axis.
 *
 * ```ts doctest
 * import { tensor, topK } from "@adjoint/core";
 * const [values, indices] = topK(tensor([1, 5, 3]), 2);
 * await values.toArray(); // => [5, 3]
 * await indices.toArray(); // => [1, 2]
 * ```
 */
export const topK = (x: TensorLike, k: number, axis: number = -1): readonly [Tensor, Tensor] => {
  const t = asTensor(x);
  const place = normalizeAxis("topK", axis, t.rank);
  const [values = t, indices = t] = apply(topKP, [moveaxis(t, place, -1)], { k });
  return [moveaxis(values, -1, place), moveaxis(indices, -1, place)];
};

const argReduce = (
  name: string,
  primitive: Primitive<AxisParams>,
  x: TensorLike,
  axis: number | undefined,
  options: ReduceOptions,
): Tensor => {
  const t = asTensor(x);
  const place = axis === undefined ? undefined : normalizeAxis(name, axis, t.rank);
  const found = applyOne(primitive, [place === undefined ? t.flatten() : t], { axis: place ?? 0 });
  if (options.keepDims !== true) return found;
  return found.reshape(keepDims(t.shape, place === undefined ? t.shape.map((_, i) => i) : [place]));
};

/**
 * int32 index of the largest element along an axis, or in row-major order without one: the first of equals, the
 * first NaN when there is one. Throws ShapeError when there are no elements.
 *
 * ```ts doctest
 * import { argmax, tensor } from "@adjoint/core";
 * await argmax(tensor([[1, 9], [7, 3]]), 1).toArray(); // => [1, 0]
 * ```
 */
export const argmax = (x: TensorLike, axis?: number, options: ReduceOptions = {}): Tensor =>
  argReduce("argmax", argMaxP, x, axis, options);

/** As `argmax`, of the smallest element. */
export const argmin = (x: TensorLike, axis?: number, options: ReduceOptions = {}): Tensor =>
  argReduce("argmin", argMinP, x, axis, options);
