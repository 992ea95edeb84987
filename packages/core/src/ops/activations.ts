import { type GeluApproximation, geluP } from "../primitives/gelu.ts";
import { log1pP, logisticP } from "../primitives/unary.ts";
import type { Tensor, TensorLike } from "../tensor.ts";
import { applyOne, applyPlain, asTensor, floatOf } from "./operand.ts";

/** Settings of `gelu`. */
export type GeluOptions = {
  /** "none" (default) is exact, "tanh" the approximation of GPT-2. */
  readonly approximate?: GeluApproximation;
};

/**
 * Gaussian error linear unit, `x` times the normal distribution function, elementwise.
 * @see https://arxiv.org/abs/1606.08415
 *
 * ```ts doctest
 * import { gelu } from "@adjoint/core";
 * Math.abs(Number(await gelu(1).item()) - 0.841345) < 1e-6; // => true
 * Math.abs(Number(await gelu(1, { approximate: "tanh" }).item()) - 0.841192) < 1e-6; // => true
 * ```
 */
export const gelu = (x: TensorLike, options: GeluOptions = {}): Tensor =>
  applyOne(geluP, [floatOf(x)], { approximate: options.approximate ?? "none" });

/**
 * The larger of `x` and 0, elementwise; the derivative at 0 is 0, and NaN stays NaN.
 *
 * ```ts doctest
 * import { relu, tensor } from "@adjoint/core";
 * await relu(tensor([-1, 0, 2])).toArray(); // => [0, 0, 2]
 * ```
 */
export const relu = (x: TensorLike): Tensor => {
  const t = asTensor(x);
  return t.lessEqual(0).where(0, t);
};

/** `x` times the logistic function of `x`, elementwise (also called swish). */
export const silu = (x: TensorLike): Tensor => {
  const t = floatOf(x);
  return t.mul(applyPlain(logisticP, t));
};

/**
 * log(1 + exp(x)), elementwise, without overflow; smooth to every order.
 *
 * ```ts doctest
 * import { softplus } from "@adjoint/core";
 * await softplus(1000).item(); // => 1000
 * ```
 */
export const softplus = (x: TensorLike): Tensor => {
  const t = floatOf(x);
  const positive = t.greater(0);
  // selects instead of max and abs: those have no second derivative at 0
  return positive.where(t, 0).add(applyPlain(log1pP, positive.where(t.neg(), t).exp()));
};

/** log of the logistic function, elementwise, without underflow. */
export const logSigmoid = (x: TensorLike): Tensor => softplus(floatOf(x).neg()).neg();
