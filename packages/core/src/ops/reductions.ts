import type { Axis, ReduceOptions } from "../methods.ts";
import { toFloat, widen } from "../promote.ts";
import { normalizeAxes, sizeOf } from "../shape.ts";
import type { Tensor, TensorLike } from "../tensor.ts";
import { asTensor } from "./operand.ts";

/**
 * Sum over `axis` (one, several, or all when absent); bools count as int32, an empty sum is 0.
 *
 * ```ts doctest
 * import { sum, tensor } from "@adjoint/core";
 * await sum(tensor([[1, 2], [3, 4]]), 0).toArray(); // => [4, 6]
 * await sum(tensor([[1, 2], [3, 4]]), -1, { keepDims: true }).toArray(); // => [[3], [7]]
 * ```
 */
export const sum = (x: TensorLike, axis?: Axis, options?: ReduceOptions): Tensor =>
  asTensor(x).sum(axis, options);

/** Arithmetic mean over `axis`; integers become float32, an empty mean is NaN. */
export const mean = (x: TensorLike, axis?: Axis, options?: ReduceOptions): Tensor =>
  asTensor(x).mean(axis, options);

/** Product over `axis`; bools count as int32, an empty product is 1. Its derivatives are right where factors are 0. */
export const prod = (x: TensorLike, axis?: Axis, options?: ReduceOptions): Tensor =>
  asTensor(x).prod(axis, options);

/** Largest element over `axis`; NaN if there is one; ties share the gradient. Throws ShapeError when there is none. */
export const max = (x: TensorLike, axis?: Axis, options?: ReduceOptions): Tensor =>
  asTensor(x).max(axis, options);

/** Smallest element over `axis`; NaN if there is one; ties share the gradient. Throws ShapeError when there is none. */
export const min = (x: TensorLike, axis?: Axis, options?: ReduceOptions): Tensor =>
  asTensor(x).min(axis, options);

/** Whether every element over `axis` is true (nonzero); true for none. */
export const all = (x: TensorLike, axis?: Axis, options?: ReduceOptions): Tensor =>
  asTensor(x).all(axis, options);

/** Whether some element over `axis` is true (nonzero); false for none. */
export const any = (x: TensorLike, axis?: Axis, options?: ReduceOptions): Tensor =>
  asTensor(x).any(axis, options);

/** Number of elements over `axis` that are not 0, as int32. */
export const countNonzero = (x: TensorLike, axis?: Axis, options?: ReduceOptions): Tensor =>
  asTensor(x).notEqual(0).sum(axis, options);

/** Settings of `variance` and `std`. */
export type VarianceOptions = ReduceOptions & {
  /** Taken off the number of elements in the divisor: 0 when absent, 1 for the unbiased estimate. */
  readonly correction?: number;
};

/**
 * Variance over `axis`: the mean squared distance from the mean; integers become float32.
 * NaN where `correction` leaves nothing to divide by.
 *
 * ```ts doctest
 * import { tensor, variance } from "@adjoint/core";
 * await variance(tensor([1, 2, 3, 4])).item(); // => 1.25
 * await variance(tensor([1, 3]), 0, { correction: 1 }).item(); // => 2
 * ```
 */
export const variance = (x: TensorLike, axis?: Axis, options: VarianceOptions = {}): Tensor => {
  const { correction = 0, ...reduce } = options;
  const value = toFloat(asTensor(x));
  const t = widen(value);
  const centred = t.sub(t.mean(axis, { keepDims: true }));
  const n = sizeOf(normalizeAxes("variance", axis, t.rank).map((i) => t.shape[i] ?? 1));
  const divisor = n - correction > 0 ? n - correction : Number.NaN;
  return centred.mul(centred).sum(axis, reduce).div(divisor).cast(value.dtype);
};

/** Standard deviation over `axis`: the square root of `variance`. */
export const std = (x: TensorLike, axis?: Axis, options?: VarianceOptions): Tensor =>
  variance(x, axis, options).sqrt();
