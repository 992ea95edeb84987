import { erfcP } from "../primitives/erfc.ts";
import { erfInvP, erfP, expm1P, log1pP, logisticP } from "../primitives/unary.ts";
import type { Tensor, TensorLike } from "../tensor.ts";
import { applyPlain, constantLike, floatOf, floatPairOf } from "./operand.ts";

/** `e^x`, elementwise; integers become float32, as in all functions of this family. */
export const exp = (x: TensorLike): Tensor => floatOf(x).exp();

/** `2^x`, elementwise. */
export const exp2 = (x: TensorLike): Tensor => {
  const t = floatOf(x);
  return constantLike(t, 2).pow(t);
};

/** `e^x - 1`, elementwise, exact for small `x`. */
export const expm1 = (x: TensorLike): Tensor => applyPlain(expm1P, floatOf(x));

/** Natural logarithm, elementwise: -Infinity at 0, NaN below. */
export const log = (x: TensorLike): Tensor => floatOf(x).log();

/** Logarithm to base 2, elementwise. */
export const log2 = (x: TensorLike): Tensor => floatOf(x).log().div(Math.LN2);

/** Logarithm to base 10, elementwise. */
export const log10 = (x: TensorLike): Tensor => floatOf(x).log().div(Math.LN10);

/** `log(1 + x)`, elementwise, exact for small `x`. */
export const log1p = (x: TensorLike): Tensor => applyPlain(log1pP, floatOf(x));

type Ordered = {
  readonly large: Tensor;
  /** The smaller operand minus the larger one, 0 where that has no value. */
  readonly difference: Tensor;
  /** Where the difference has no value: NaN, or infinities of one sign. */
  readonly undefinedHere: Tensor;
};

/** Selects instead of max and abs: those have no second derivative where the operands are equal. */
const ordered = (x: Tensor, y: Tensor): Ordered => {
  const swapped = x.less(y);
  const large = swapped.where(y, x);
  const difference = swapped.where(x, y).sub(large);
  const undefinedHere = difference.notEqual(difference);
  return { large, difference: undefinedHere.where(0, difference), undefinedHere };
};

/**
 * `log(exp(a) + exp(b))`, elementwise, without overflow.
 *
 * ```ts doctest
 * import { logaddexp } from "@adjoint/core";
 * Math.abs(Number(await logaddexp(1000, 1000).item()) - 1000 - Math.LN2) < 1e-4; // => true
 * ```
 */
export const logaddexp = (a: TensorLike, b: TensorLike): Tensor => {
  const [x, y] = floatPairOf(a, b);
  const { large, difference, undefinedHere } = ordered(x, y);
  return undefinedHere.where(x.add(y), large.add(log1p(difference.exp())));
};

/** `log2(2^a + 2^b)`, elementwise, without overflow. */
export const logaddexp2 = (a: TensorLike, b: TensorLike): Tensor => {
  const [x, y] = floatPairOf(a, b);
  const { large, difference, undefinedHere } = ordered(x, y);
  return undefinedHere.where(x.add(y), large.add(log1p(exp2(difference)).div(Math.LN2)));
};

/** Square root, elementwise; NaN below 0. */
export const sqrt = (x: TensorLike): Tensor => floatOf(x).sqrt();

/** `1 / sqrt(x)`, elementwise. */
export const rsqrt = (x: TensorLike): Tensor => floatOf(x).rsqrt();

/** Real cube root, elementwise, of negative numbers too; its derivative at 0 is Infinity. */
export const cbrt = (x: TensorLike): Tensor => {
  const t = floatOf(x);
  const negative = t.less(0);
  const third = constantLike(t, 1 / 3);
  // each branch of the select sees only numbers it is differentiable at
  return negative.where(
    negative.where(t.neg(), 1).pow(third).neg(),
    negative.where(1, t).pow(third),
  );
};

/** Logistic function `1 / (1 + exp(-x))`, elementwise. */
export const sigmoid = (x: TensorLike): Tensor => applyPlain(logisticP, floatOf(x));

/** Error function, elementwise. */
export const erf = (x: TensorLike): Tensor => applyPlain(erfP, floatOf(x));

/** `1 - erf(x)`, elementwise, with full relative precision in the upper tail. */
export const erfc = (x: TensorLike): Tensor => applyPlain(erfcP, floatOf(x));

/** Inverse of the error function, elementwise: infinite at -1 and 1, NaN outside. */
export const erfInv = (x: TensorLike): Tensor => applyPlain(erfInvP, floatOf(x));
