import { gelu as approximated, sigmoid, type Tensor } from "@adjoint/core";

/** An elementwise function between layers. */
export type Activation = (x: Tensor) => Tensor;

/**
 * Exact Gaussian error linear unit, `x` times the normal distribution function, as in nanoGPT and BERT.
 * @see https://arxiv.org/abs/1606.08415
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { gelu } from "@adjoint/nn";
 * Math.abs(Number(await gelu(tensor(-1)).item()) + 0.1586553) < 1e-6; // => true
 * ```
 */
export const gelu: Activation = (x) => approximated(x);

/**
 * The tanh approximation of `gelu`, as in OpenAI's GPT-2; it differs from the exact one by up to 5e-4.
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { geluTanh } from "@adjoint/nn";
 * Math.abs(Number(await geluTanh(tensor(-1)).item()) + 0.1588081) < 1e-6; // => true
 * ```
 */
export const geluTanh: Activation = (x) => approximated(x, { approximate: "tanh" });

/**
 * A cheaper approximation of `gelu`, x sigmoid(1.702 x), as in OpenAI's CLIP; it differs from the exact one by up to 2e-2.
 * @see https://arxiv.org/abs/1606.08415
 */
export const quickGelu: Activation = (x) => x.mul(sigmoid(x.mul(1.702)));
