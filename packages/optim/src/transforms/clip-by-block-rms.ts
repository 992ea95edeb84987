import { maximum } from "@adjoint/core";
import type { GradientTransformation } from "../gradient-transformation.ts";
import { checkNumber } from "../internal/check.ts";
import { mapTensors } from "../internal/map-tensors.ts";
import { rms } from "../internal/rms.ts";
import { scaledBy } from "../internal/scalars.ts";
import { withoutState } from "../internal/with-state.ts";

/**
 * Scales each leaf so that the root of the mean of its squares is at most `threshold`. Throws ArgumentError for a
 * threshold that is not positive.
 * @see https://arxiv.org/abs/1804.04235
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { clipByBlockRms } from "@adjoint/optim";
 * const grads = { a: tensor([3, 3]), b: tensor([0.5, 0.5]) };
 * const [{ a, b }] = clipByBlockRms(1).update(grads, null, grads);
 * [await a.toArray(), await b.toArray()]; // => [[1, 1], [0.5, 0.5]]
 * ```
 */
export const clipByBlockRms = (threshold: number): GradientTransformation => {
  checkNumber("clipByBlockRms", "threshold", threshold, { min: Number.MIN_VALUE });
  return withoutState((grads) =>
    mapTensors((g) => scaledBy(g, maximum(rms(g).div(threshold), 1).pow(-1)), grads),
  );
};
