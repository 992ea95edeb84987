import { zerosLike } from "@adjoint/core";
import type { GradientTransformation } from "../gradient-transformation.ts";
import { mapTensors } from "../internal/map-tensors.ts";
import { withoutState } from "../internal/with-state.ts";
import type { Mask } from "../mask.ts";
import { masked } from "./masked.ts";

/** Gives zeros, whatever the gradients are. */
export const setToZero: GradientTransformation = /* @__PURE__ */ withoutState((grads) =>
  mapTensors((g) => zerosLike(g), grads),
);

/**
 * Zeroes the updates of the parameters that a mask chooses; it stands last in a chain. Rules before it still keep state
 * for them: `partition` with `setToZero` keeps none.
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { chain, freeze, sgd } from "@adjoint/optim";
 * const optimizer = chain(sgd({ learningRate: 1 }), freeze((_p, path) => path.startsWith("embed")));
 * const params = { embed: tensor([1]), head: tensor([1]) };
 * const [{ embed, head }] = optimizer.update(params, optimizer.init(params), params);
 * [await embed.toArray(), await head.toArray()]; // => [[0], [-1]]
 * ```
 */
export const freeze = (mask: Mask): GradientTransformation => masked(setToZero, mask);
