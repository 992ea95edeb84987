import { clip, div, where } from "@adjoint/core";
import type { GradientTransformation } from "../gradient-transformation.ts";
import { checkNumber } from "../internal/check.ts";
import { mapTensors } from "../internal/map-tensors.ts";
import { scaledBy } from "../internal/scalars.ts";
import { withoutState } from "../internal/with-state.ts";
import { globalNorm } from "./global-norm.ts";

/**
 * Scales all gradients together so that their global norm is at most `maxNorm` (as optax; PyTorch divides by
 * norm + 1e-6). Throws ArgumentError for a norm that is not positive.
 * @see https://arxiv.org/abs/1211.5063
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { clipByGlobalNorm } from "@adjoint/optim";
 * const grads = [tensor([3, 0]), tensor([4])] as const;
 * const [clipped] = clipByGlobalNorm(1).update(grads, null, grads);
 * Array.from(await clipped[0].data(), (x) => x.toFixed(3)); // => ["0.600", "0.000"]
 * ```
 */
export const clipByGlobalNorm = (maxNorm: number): GradientTransformation => {
  checkNumber("clipByGlobalNorm", "maxNorm", maxNorm, { min: Number.MIN_VALUE });
  return withoutState((grads) => {
    const norm = globalNorm(grads);
    const factor = where(norm.less(maxNorm), 1, div(maxNorm, norm));
    return mapTensors((g) => scaledBy(g, factor), grads);
  });
};

/**
 * Moves every element of the gradients into [-limit, limit]. Throws ArgumentError for a limit that is not positive.
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { clipByValue } from "@adjoint/optim";
 * const grads = tensor([-3, 0.5]);
 * await clipByValue(1).update(grads, null, grads)[0].toArray(); // => [-1, 0.5]
 * ```
 */
export const clipByValue = (limit: number): GradientTransformation => {
  checkNumber("clipByValue", "limit", limit, { min: Number.MIN_VALUE });
  return withoutState((grads) => mapTensors((g) => clip(g, -limit, limit), grads));
};
