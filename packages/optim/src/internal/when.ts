import { cond, type Tensor, zerosLike } from "@adjoint/core";
import type { OptState } from "../gradient-transformation.ts";
import { mapTensors } from "./map-tensors.ts";

type Update<P> = readonly [updates: P, state: OptState];

/**
 * What `update` gives where the bool scalar `condition` is true, else no updates and the state as it was. Only one of the
 * two runs, so a step that is not taken costs nothing. Updates have the dtypes of `grads`.
 */
export const updateWhen = <P>(
  condition: Tensor,
  update: () => Update<P>,
  grads: P,
  state: OptState,
): Update<P> =>
  // both branches are trees of tensors: what `cond` gives has their type
  cond<[], Update<P>>(condition, update, () => [
    mapTensors((g) => zerosLike(g), grads),
    state,
  ]) as Update<P>;
