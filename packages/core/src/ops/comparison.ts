import { isFloat } from "../dtype.ts";
import { isFiniteP } from "../primitives/unary.ts";
import type { Tensor, TensorLike } from "../tensor.ts";
import { applyPlain, asTensor, pairOf } from "./operand.ts";

type Comparison = "equal" | "notEqual" | "less" | "lessEqual" | "greater" | "greaterEqual";

const compare = (operation: Comparison, a: TensorLike, b: TensorLike): Tensor => {
  const [x, y] = pairOf(a, b);
  return x[operation](y);
};

/**
 * Whether `a` equals `b`, elementwise; NaN equals nothing, 0 equals -0. Comparisons give bool.
 *
 * ```ts doctest
 * import { equal, tensor } from "@adjoint/core";
 * await equal(tensor([1, 2, NaN]), tensor([1, 3, NaN])).toArray(); // => [true, false, false]
 * ```
 */
export const equal = (a: TensorLike, b: TensorLike): Tensor => compare("equal", a, b);

/** Whether `a` differs from `b`, elementwise; true where either is NaN. */
export const notEqual = (a: TensorLike, b: TensorLike): Tensor => compare("notEqual", a, b);

/** Whether `a < b`, elementwise. */
export const less = (a: TensorLike, b: TensorLike): Tensor => compare("less", a, b);

/** Whether `a <= b`, elementwise. */
export const lessEqual = (a: TensorLike, b: TensorLike): Tensor => compare("lessEqual", a, b);

/** Whether `a > b`, elementwise. */
export const greater = (a: TensorLike, b: TensorLike): Tensor => compare("greater", a, b);

/** Whether `a >= b`, elementwise. */
export const greaterEqual = (a: TensorLike, b: TensorLike): Tensor => compare("greaterEqual", a, b);

/** Whether `x` is NaN, elementwise. */
export const isnan = (x: TensorLike): Tensor => {
  const t = asTensor(x);
  return t.notEqual(t);
};

/** Whether `x` is Infinity or -Infinity, elementwise. */
export const isinf = (x: TensorLike): Tensor => {
  const t = asTensor(x);
  return isFloat(t.dtype) ? t.abs().equal(Infinity) : t.notEqual(t);
};

/** Whether `x` is neither infinite nor NaN, elementwise. */
export const isfinite = (x: TensorLike): Tensor => applyPlain(isFiniteP, asTensor(x));

/**
 * Elements of `a` where `condition` holds (is nonzero), of `b` elsewhere; all three broadcast. Gradients reach only the
 * chosen branch, but a NaN or infinite slope in the other one still spoils them: make its operand safe with an inner `where`.
 *
 * ```ts doctest
 * import { tensor, where } from "@adjoint/core";
 * const x = tensor([-1, 4]);
 * await where(x.less(0), 0, where(x.less(0), 1, x).sqrt()).toArray(); // => [0, 2]
 * ```
 */
export const where = (condition: TensorLike, a: TensorLike, b: TensorLike): Tensor =>
  asTensor(condition).where(a, b);

/** Settings of `isclose` and `allclose`. */
export type CloseOptions = {
  /** Relative tolerance, 1e-5 when absent. */
  readonly rtol?: number;
  /** Absolute tolerance, 1e-8 when absent. */
  readonly atol?: number;
  /** Whether NaN counts as close to NaN. */
  readonly equalNan?: boolean;
};

/** Whether `|a - b| <= atol + rtol * |b|`, elementwise, infinities being close to themselves. */
export const isclose = (a: TensorLike, b: TensorLike, options: CloseOptions = {}): Tensor => {
  const { rtol = 1e-5, atol = 1e-8, equalNan = false } = options;
  const [x, y] = pairOf(a, b);
  const near = x.sub(y).abs().lessEqual(y.abs().mul(rtol).add(atol)).mul(isfinite(y));
  const same = near.add(x.equal(y)); // of bools: or
  return equalNan ? same.add(isnan(x).mul(isnan(y))) : same;
};

/** Whether all elements are close, as a bool scalar. */
export const allclose = (a: TensorLike, b: TensorLike, options: CloseOptions = {}): Tensor =>
  isclose(a, b, options).all();
