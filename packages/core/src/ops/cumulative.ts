import {
  cumLogSumExpP,
  cumMaxP,
  cumMinP,
  cumProdP,
  cumSumP,
  type CumulativeParams,
} from "../primitives/cumulative.ts";
import type { Primitive } from "../primitives/primitive.ts";
import { normalizeAxis } from "../shape.ts";
import type { Tensor, TensorLike } from "../tensor.ts";
import { applyOne, asTensor, floatOf } from "./operand.ts";

/** Settings of cumulative operations. */
export type CumulativeOptions = {
  /** Start at the end of the axis; default false. */
  readonly reverse?: boolean;
};

const cumulate = (
  name: string,
  primitive: Primitive<CumulativeParams>,
  x: Tensor,
  axis: number | undefined,
  options: CumulativeOptions,
): Tensor => {
  const operand = axis === undefined ? x.flatten() : x;
  const place = normalizeAxis(name, axis ?? 0, operand.rank);
  return applyOne(primitive, [operand], { axis: place, reverse: options.reverse ?? false });
};

const countable = (x: TensorLike): Tensor => {
  const t = asTensor(x);
  return t.dtype === "bool" ? t.cast("int32") : t;
};

/**
 * Running sums along an axis; without one, of the flattened tensor. Bools count as int32.
 *
 * ```ts doctest
 * import { cumsum, tensor } from "@adjoint/core";
 * await cumsum(tensor([1, 2, 3])).toArray(); // => [1, 3, 6]
 * await cumsum(tensor([1, 2, 3]), 0, { reverse: true }).toArray(); // => [6, 5, 3]
 * ```
 */
export const cumsum = (x: TensorLike, axis?: number, options: CumulativeOptions = {}): Tensor =>
  cumulate("cumsum", cumSumP, countable(x), axis, options);

/** Running products along an axis; without one, of the flattened tensor. Derivatives are right where factors are 0. */
export const cumprod = (x: TensorLike, axis?: number, options: CumulativeOptions = {}): Tensor =>
  cumulate("cumprod", cumProdP, countable(x), axis, options);

/** Running maxima along an axis; without one, of the flattened tensor. NaN stays; the first of equals gets the gradient. */
export const cummax = (x: TensorLike, axis?: number, options: CumulativeOptions = {}): Tensor =>
  cumulate("cummax", cumMaxP, countable(x), axis, options);

/** Running minima along an axis; without one, of the flattened tensor. NaN stays; the first of equals gets the gradient. */
export const cummin = (x: TensorLike, axis?: number, options: CumulativeOptions = {}): Tensor =>
  cumulate("cummin", cumMinP, countable(x), axis, options);

/** Logarithms of running sums of exponentials along an axis, without overflow; integers become float32. */
export const cumlogsumexp = (
  x: TensorLike,
  axis?: number,
  options: CumulativeOptions = {},
): Tensor => cumulate("cumlogsumexp", cumLogSumExpP, floatOf(x), axis, options);
