import { expm1, relu, type Tensor } from "@adjoint/core";
import type { Activation } from "./gelu.ts";

/**
 * Squared relu, max(x, 0)^2, as in Primer and nanochat.
 * @see https://arxiv.org/abs/2109.08668
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { relu2 } from "@adjoint/nn";
 * await relu2(tensor([-1, 3])).toArray(); // => [0, 9]
 * ```
 */
export const relu2: Activation = (x) => {
  const kept = relu(x);
  return kept.mul(kept);
};

/** The smaller of relu and 6, as in MobileNet. */
export const relu6: Activation = (x) => x.greater(6).where(6, relu(x));

/** Settings of `leakyRelu`. */
export type LeakyReluOptions = {
  /** Factor of negative numbers; default 0.01. */
  readonly slope?: number;
};

/**
 * `x`, times `slope` where it is negative.
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { leakyRelu } from "@adjoint/nn";
 * await leakyRelu(tensor([-2, 3]), { slope: 0.5 }).toArray(); // => [-1, 3]
 * ```
 */
export const leakyRelu = (x: Tensor, { slope = 0.01 }: LeakyReluOptions = {}): Tensor =>
  x.greater(0).where(x, x.mul(slope));

/** Settings of `elu`. */
export type EluOptions = {
  /** The limit for large negative numbers is -alpha; default 1. */
  readonly alpha?: number;
};

/**
 * Exponential linear unit: `x`, or alpha (e^x - 1) where it is negative.
 * @see https://arxiv.org/abs/1511.07289
 */
export const elu = (x: Tensor, { alpha = 1 }: EluOptions = {}): Tensor => {
  const positive = x.greater(0);
  // the branch that is not taken must stay finite, or its derivative would be infinity times 0
  return positive.where(x, expm1(positive.where(0, x)).mul(alpha));
};
