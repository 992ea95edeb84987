import type { Tensor } from "@adjoint/core";
import { checkNumber } from "../internal/check.ts";
import { mapTensors } from "../internal/map-tensors.ts";
import { scaledBy } from "../internal/scalars.ts";
import { globalNorm } from "../transforms/global-norm.ts";

/** Settings of `sam`. */
export type SamOptions = {
  /** Distance to the point where the gradient is taken; default 0.05. */
  readonly rho?: number;
  /** Measures the distance relative to the size of each parameter (ASAM); default false. */
  readonly adaptive?: boolean;
};

/**
 * Sharpness-aware minimization: turns a gradient function into that of the worst point nearby, which any optimizer takes.
 * It costs two gradients a step. The norm gets 1e-12 added, so that a gradient of zero gives itself. Throws ArgumentError
 * for a distance that is negative.
 * @see https://arxiv.org/abs/2010.01412
 * @see https://arxiv.org/abs/2102.11600 (adaptive)
 *
 * ```ts doctest
 * import { grad, tensor, type Tensor } from "@adjoint/core";
 * import { sam } from "@adjoint/optim";
 * const loss = (x: Tensor) => x.mul(x).sum();
 * const gradient = sam(grad(loss), { rho: 0.5 });
 * await gradient(tensor([3, 4])).toArray(); // => [6.6, 8.8]
 * ```
 */
export const sam = <P, A extends readonly unknown[]>(
  gradient: (params: P, ...rest: A) => P,
  { rho = 0.05, adaptive = false }: SamOptions = {},
): ((params: P, ...rest: A) => P) => {
  checkNumber("sam", "rho", rho, { min: 0 });
  return (params, ...rest) => {
    const grads = gradient(params, ...rest);
    const sized = adaptive
      ? mapTensors((g: Tensor, p: Tensor) => g.mul(p.abs()), grads, params)
      : grads;
    const factor = globalNorm(sized).add(1e-12).pow(-1).mul(rho);
    const climb = (p: Tensor, g: Tensor): Tensor =>
      p.add(scaledBy(adaptive ? g.mul(p.abs()) : g, factor));
    return gradient(mapTensors(climb, params, sized), ...rest);
  };
};
