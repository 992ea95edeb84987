import { softplus, tanh } from "@adjoint/core";
import type { Activation } from "./gelu.ts";

/**
 * `x` tanh(softplus(x)).
 * @see https://arxiv.org/abs/1908.08681
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { mish } from "@adjoint/nn";
 * await mish(tensor([0, 1])).toArray(); // => [0, 0.8651]
 * ```
 */
export const mish: Activation = (x) => x.mul(tanh(softplus(x)));
