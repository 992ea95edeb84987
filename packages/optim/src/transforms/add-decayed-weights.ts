import type { Tensor } from "@adjoint/core";
import type { GradientTransformation } from "../gradient-transformation.ts";
import type { Hyperparam } from "../hyperparam.ts";
import { checkHyperparam } from "../internal/check.ts";
import { mapTensors } from "../internal/map-tensors.ts";
import { scaledBy } from "../internal/scalars.ts";
import { withoutState } from "../internal/with-state.ts";
import { type Mask, maskTree } from "../mask.ts";

/** Settings of `addDecayedWeights`. */
export type DecayOptions = {
  /** Which parameters decay; all of them when absent. */
  readonly mask?: Mask;
};

/**
 * Adds `weightDecay` times the parameters to the gradients. After `scaleByAdam` this is the decoupled decay of AdamW;
 * before it, the L2 penalty that PyTorch's Adam, SGD and others call weight_decay. Throws ArgumentError for a decay that
 * is not finite, TreeError for a mask of another structure.
 * @see https://arxiv.org/abs/1711.05101
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { addDecayedWeights } from "@adjoint/optim";
 * const rule = addDecayedWeights(0.5, { mask: (p) => p.rank >= 2 });
 * const params = { w: tensor([[2]]), b: tensor([2]) };
 * const [updates] = rule.update({ w: tensor([[1]]), b: tensor([1]) }, null, params);
 * [await updates.w.toArray(), await updates.b.toArray()]; // => [[[2]], [1]]
 * ```
 */
export const addDecayedWeights = (
  weightDecay: Hyperparam,
  { mask = true }: DecayOptions = {},
): GradientTransformation => {
  checkHyperparam("addDecayedWeights", "weightDecay", weightDecay);
  const decayed = (g: Tensor, p: Tensor, applies: boolean): Tensor =>
    applies ? g.add(scaledBy(p, weightDecay)) : g;
  return withoutState((grads, params) =>
    mapTensors(decayed, grads, params, maskTree("addDecayedWeights", mask, params)),
  );
};
