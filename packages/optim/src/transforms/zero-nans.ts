import { isnan } from "@adjoint/core";
import type { GradientTransformation } from "../gradient-transformation.ts";
import { mapTensors } from "../internal/map-tensors.ts";
import { withoutState } from "../internal/with-state.ts";

/**
 * Replaces NaN in the gradients by 0; infinities pass.
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { zeroNans } from "@adjoint/optim";
 * const g = tensor([NaN, 2]);
 * await zeroNans.update(g, null, g)[0].toArray(); // => [0, 2]
 * ```
 */
export const zeroNans: GradientTransformation = /* @__PURE__ */ withoutState((grads) =>
  mapTensors((g) => isnan(g).where(0, g), grads),
);
