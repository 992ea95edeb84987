import { isFloat } from "../dtype.ts";
import { absP, signP } from "../primitives/unary.ts";
import { divP, maxP, minP, remP } from "../primitives/binary.ts";
import type { Tensor, TensorLike } from "../tensor.ts";
import { applyPlain, asTensor, constantLike, floatPairOf, pairOf } from "./operand.ts";

/**
 * Sum, elementwise; operands broadcast and promote. Of bools: or.
 *
 * ```ts doctest
 * import { add, tensor } from "@adjoint/core";
 * await add(1, 2).item(); // => 3
 * await add(tensor([[1], [2]]), tensor([10, 20])).toArray(); // => [[11, 21], [12, 22]]
 * ```
 */
export const add = (a: TensorLike, b: TensorLike): Tensor => {
  const [x, y] = pairOf(a, b);
  return x.add(y);
};

/** Difference, elementwise; throws DTypeError for bools. */
export const sub = (a: TensorLike, b: TensorLike): Tensor => {
  const [x, y] = pairOf(a, b);
  return x.sub(y);
};

/** Product, elementwise. Of bools: and. */
export const mul = (a: TensorLike, b: TensorLike): Tensor => {
  const [x, y] = pairOf(a, b);
  return x.mul(y);
};

/**
 * True quotient, elementwise; integers become float32.
 *
 * ```ts doctest
 * import { div, tensor } from "@adjoint/core";
 * await div(tensor([1, 2], { dtype: "int32" }), 4).toArray(); // => [0.25, 0.5]
 * ```
 */
export const div = (a: TensorLike, b: TensorLike): Tensor => {
  const [x, y] = pairOf(a, b);
  return x.div(y);
};

/** Remainder by zero of integers is 0, as in JAX. */
const safeDivisor = (y: Tensor): Tensor => (isFloat(y.dtype) ? y : y.equal(0).where(1, y));

/**
 * Quotient rounded towards minus infinity, elementwise; keeps integers integers.
 *
 * ```ts doctest
 * import { floorDivide, tensor } from "@adjoint/core";
 * await floorDivide(tensor([7, -7]), 2).toArray(); // => [3, -4]
 * ```
 */
export const floorDivide = (a: TensorLike, b: TensorLike): Tensor => {
  const [x, y] = numericPair(a, b);
  if (x.dtype === "uint32") return applyPlain(divP, x, y);
  return isFloat(x.dtype) ? floorDivideFloat(x, y) : floorDivideInteger(x, y);
};

/** Bools count as int32 0 and 1. */
const numericPair = (a: TensorLike, b: TensorLike): readonly [Tensor, Tensor] => {
  const [x, y] = pairOf(a, b);
  return x.dtype === "bool" ? [x.cast("int32"), y.cast("int32")] : [x, y];
};

const floorDivideInteger = (x: Tensor, y: Tensor): Tensor => {
  const quotient = applyPlain(divP, x, y);
  const inexact = applyPlain(remP, x, y).notEqual(0);
  return both(inexact, x.sign().notEqual(y.sign())).where(quotient.sub(1), quotient);
};

const both = (a: Tensor, b: Tensor): Tensor => a.mul(b); // of bools: and

/** The exact remainder is taken off first, so that rounding of the quotient cannot cross an integer. */
const floorDivideFloat = (x: Tensor, y: Tensor): Tensor => {
  const rest = applyPlain(remP, x, y);
  const quotient = y.equal(0).where(x, x.sub(rest)).div(y);
  const adjust = both(rest.notEqual(0), y.sign().notEqual(rest.sign()));
  return adjust.where(quotient.sub(1), quotient).round();
};

/**
 * Remainder with the sign of the divisor, elementwise, as Python's `%`. Integer remainder by 0 is 0.
 *
 * ```ts doctest
 * import { remainder, tensor } from "@adjoint/core";
 * await remainder(tensor([5, -5]), 3).toArray(); // => [2, 1]
 * ```
 */
export const remainder = (a: TensorLike, b: TensorLike): Tensor => {
  const [x, divisor] = numericPair(a, b);
  const y = safeDivisor(divisor);
  const rest = applyPlain(remP, x, y);
  const adjust = both(rest.notEqual(0), rest.less(0).notEqual(y.less(0)));
  return adjust.where(rest.add(y), rest);
};

/** Remainder with the sign of the dividend, elementwise, as C's `fmod`. Integer remainder by 0 is 0. */
export const fmod = (a: TensorLike, b: TensorLike): Tensor => {
  const [x, y] = numericPair(a, b);
  return applyPlain(remP, x, safeDivisor(y));
};

/** `base` to the power `exponent`, elementwise; a whole JavaScript number as exponent keeps derivatives finite at 0. */
export const pow = (base: TensorLike, exponent: TensorLike): Tensor => {
  if (typeof exponent === "number") return asTensor(base).pow(exponent);
  const [x, y] = pairOf(base, exponent);
  return x.pow(y);
};

/** Negation, elementwise; throws DTypeError for bools. */
export const neg = (x: TensorLike): Tensor => asTensor(x).neg();

/** Magnitude, elementwise; its derivative at 0 is 0. */
export const abs = (x: TensorLike): Tensor => {
  const t = asTensor(x);
  return t.dtype === "bool" ? t : applyPlain(absP, t);
};

/** -1, 0 or 1 by sign, elementwise; NaN stays NaN, -0 stays -0. */
export const sign = (x: TensorLike): Tensor => applyPlain(signP, asTensor(x));

/** `x * x`, elementwise; bools become int32. */
export const square = (x: TensorLike): Tensor => asTensor(x).pow(2);

/** `1 / x`, elementwise; integers become float32. */
export const reciprocal = (x: TensorLike): Tensor => {
  const t = asTensor(x);
  return (isFloat(t.dtype) ? constantLike(t, 1) : asTensor(1)).div(t);
};

/** Larger of two, elementwise; NaN when either is NaN; at a tie each operand gets half of the gradient. */
export const maximum = (a: TensorLike, b: TensorLike): Tensor => applyPlain(maxP, ...pairOf(a, b));

/** Smaller of two, elementwise; NaN when either is NaN; at a tie each operand gets half of the gradient. */
export const minimum = (a: TensorLike, b: TensorLike): Tensor => applyPlain(minP, ...pairOf(a, b));

/**
 * Limits `x` to the range from `min` to `max`, elementwise; either may be undefined, and both broadcast.
 *
 * ```ts doctest
 * import { clip, tensor } from "@adjoint/core";
 * await clip(tensor([-2, 0.5, 2]), -1, 1).toArray(); // => [-1, 0.5, 1]
 * ```
 */
export const clip = (x: TensorLike, min?: TensorLike, max?: TensorLike): Tensor => {
  const raised = min === undefined ? asTensor(x) : maximum(x, min);
  return max === undefined ? raised : minimum(raised, max);
};

/** `sqrt(a^2 + b^2)`, elementwise, without overflow on the way. */
export const hypot = (a: TensorLike, b: TensorLike): Tensor => {
  const [x, y] = floatPairOf(a, b);
  // selects instead of max and min: those have no second derivative where the magnitudes are equal
  const swapped = x.abs().less(y.abs());
  const [large, small] = [swapped.where(y, x), swapped.where(x, y)];
  const ratio = small.div(large.equal(0).where(1, large));
  const length = large.abs().mul(ratio.mul(ratio).add(1).sqrt());
  return maximum(x.abs().equal(Infinity), y.abs().equal(Infinity)).where(Infinity, length);
};

/** The magnitude of `a` with the sign of `b`, elementwise; the sign of -0 counts. */
export const copysign = (a: TensorLike, b: TensorLike): Tensor => {
  const [x, y] = floatPairOf(a, b);
  const negative = y.equal(0).where(constantLike(y, 1).div(y), y).less(0);
  return negative.where(x.abs().neg(), x.abs());
};
