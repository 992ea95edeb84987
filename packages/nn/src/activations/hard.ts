import type { Activation } from "./gelu.ts";

/**
 * Sigmoid in straight lines: (x + 3) / 6 between 0 and 1, as in PyTorch and MobileNetV3.
 * @see https://arxiv.org/abs/1905.02244
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { hardSigmoid } from "@adjoint/nn";
 * await hardSigmoid(tensor([-4, 0, 4])).toArray(); // => [0, 0.5, 1]
 * ```
 */
export const hardSigmoid: Activation = (x) => {
  const inside = x.add(3).div(6);
  return x.lessEqual(-3).where(0, x.greaterEqual(3).where(1, inside));
};

/** `x` times `hardSigmoid` of it (also called hard swish). */
export const hardSilu: Activation = (x) => {
  const inside = x.mul(x.add(3)).div(6);
  return x.lessEqual(-3).where(0, x.greaterEqual(3).where(x, inside));
};

/** `x` between -1 and 1. */
export const hardTanh: Activation = (x) => x.lessEqual(-1).where(-1, x.greaterEqual(1).where(1, x));
