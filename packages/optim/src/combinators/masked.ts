import type { GradientTransformation, UpdateExtras } from "../gradient-transformation.ts";
import { checkRules } from "../internal/check.ts";
import { only, replaced } from "../internal/absent.ts";
import { type Mask, maskList } from "../mask.ts";

const partOf = (extras: UpdateExtras, kept: readonly boolean[]): UpdateExtras =>
  extras.hessian === undefined ? extras : { ...extras, hessian: only(extras.hessian, kept) };

/** A rule for the leaves that `keptOf` says; it sees null in the place of the others, which pass as they are. */
export const restricted = (
  rule: GradientTransformation,
  keptOf: (params: unknown) => readonly boolean[],
): GradientTransformation => ({
  init: (params) => rule.init(only(params, keptOf(params))),
  update: (grads, state, params, extras = {}) => {
    const kept = keptOf(params);
    const [part, next] = rule.update(
      only(grads, kept),
      state,
      only(params, kept),
      partOf(extras, kept),
    );
    return [replaced(grads, kept, part), next];
  },
});

/**
 * Applies a rule to the parameters that a mask chooses; the gradients of the others pass unchanged, and no state is kept
 * for them. Throws TreeError for a mask without a value for a parameter.
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { masked, scale } from "@adjoint/optim";
 * const rule = masked(scale(10), (p) => p.rank >= 2);
 * const grads = { w: tensor([[1]]), b: tensor([1]) };
 * const [{ w, b }] = rule.update(grads, rule.init(grads), grads);
 * [await w.toArray(), await b.toArray()]; // => [[[10]], [1]]
 * ```
 */
export const masked = (rule: GradientTransformation, mask: Mask): GradientTransformation => {
  checkRules("masked", rule);
  return restricted(rule, (params) => maskList("masked", mask, params));
};
