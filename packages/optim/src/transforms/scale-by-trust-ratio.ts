import { logicalOr, type Tensor } from "@adjoint/core";
import type { GradientTransformation } from "../gradient-transformation.ts";
import { mapTensors } from "../internal/map-tensors.ts";
import { normAlong } from "../internal/rms.ts";
import { scaledBy } from "../internal/scalars.ts";
import { withoutState } from "../internal/with-state.ts";

/** |p| / |u|, and 1 where either is 0. */
const ratio = (p: Tensor, u: Tensor): Tensor => {
  const [ofParameter, ofUpdate] = [normAlong(p).reshape([]), normAlong(u).reshape([])];
  const isZero = logicalOr(ofParameter.equal(0), ofUpdate.equal(0));
  return isZero.where(1, ofParameter.div(isZero.where(1, ofUpdate)));
};

/**
 * Gives each leaf of the updates the norm of its parameter: the layerwise rule of LAMB and LARS. Leaves whose norm or
 * parameter is 0 stay as they are.
 * @see https://arxiv.org/abs/1904.00962
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { scaleByTrustRatio } from "@adjoint/optim";
 * const [updates] = scaleByTrustRatio().update(tensor([0, 2]), null, tensor([6, 8]));
 * await updates.toArray(); // => [0, 10]
 * ```
 */
export const scaleByTrustRatio = (): GradientTransformation =>
  withoutState((grads, params) => mapTensors((u, p) => scaledBy(u, ratio(p, u)), grads, params));
