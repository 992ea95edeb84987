import { isTensor, type Tensor, type Tree } from "@adjoint/core";
import { flatten, leafPaths, unflatten } from "@adjoint/core/tree";
import type { GradientTransformation } from "../gradient-transformation.ts";
import { checkNumber } from "../internal/check.ts";
import { mapTensors } from "../internal/map-tensors.ts";
import { withoutState } from "../internal/with-state.ts";

/** Which parameters a rule applies to: a tree of booleans like theirs, or a function of each and its path. */
export type Mask = Tree<boolean> | ((parameter: Tensor, path: string) => boolean);

/** Settings of `addDecayedWeights`. */
export type DecayOptions = {
  /** Which parameters decay; all of them when absent. */
  readonly mask?: Mask;
};

/** The mask as a tree of booleans. */
const maskTree = (mask: Mask, params: unknown): unknown => {
  if (typeof mask !== "function") return mask;
  const { leaves, structure } = flatten(params);
  const names = leafPaths(structure);
  return unflatten(
    structure,
    leaves.map((p, i) => isTensor(p) && mask(p, names[i] ?? "")),
  );
};

/**
 * Adds `weightDecay` times the parameters to the gradients. After `scaleByAdam` this is the decoupled decay of AdamW.
 * Throws ArgumentError for a decay that is not finite, TreeError for a mask of another structure.
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
  weightDecay: number,
  { mask = () => true }: DecayOptions = {},
): GradientTransformation => {
  checkNumber("addDecayedWeights", "weightDecay", weightDecay);
  const decayed = (g: Tensor, p: Tensor, applies: boolean): Tensor =>
    applies ? g.add(p.mul(weightDecay)) : g;
  return withoutState((grads, params) =>
    mapTensors(decayed, grads, params, maskTree(mask, params)),
  );
};
