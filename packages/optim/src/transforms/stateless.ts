import type { Tensor } from "@adjoint/core";
import type { GradientTransformation } from "../gradient-transformation.ts";
import { mapTensors } from "../internal/map-tensors.ts";
import { withoutState } from "../internal/with-state.ts";

/**
 * A rule that remembers nothing, from what it does with the gradient of one parameter.
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { chain, scale, stateless } from "@adjoint/optim";
 * const signSgd = chain(stateless((g) => g.sign()), scale(-0.5));
 * const grads = { w: tensor([3, -2]) };
 * await signSgd.update(grads, signSgd.init(grads), grads)[0].w.toArray(); // => [-0.5, 0.5]
 * ```
 */
export const stateless = (
  update: (grad: Tensor, parameter: Tensor) => Tensor,
): GradientTransformation =>
  withoutState((grads, params) => mapTensors((g, p) => update(g, p), grads, params));
