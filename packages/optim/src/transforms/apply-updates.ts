import { mapTensors } from "../internal/map-tensors.ts";

/**
 * Parameters plus updates, in the dtypes of the parameters. Throws TreeError when the trees differ.
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { applyUpdates } from "@adjoint/optim";
 * const params = applyUpdates({ w: tensor([1, 2]) }, { w: tensor([-0.5, 0.5]) });
 * await params.w.toArray(); // => [0.5, 2.5]
 * ```
 */
export const applyUpdates = <P>(params: P, updates: P): P =>
  mapTensors((p, u) => p.add(u).cast(p.dtype), params, updates);
