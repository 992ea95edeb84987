import { logicalOr, type Tensor, where } from "@adjoint/core";
import type { GradientTransformation, OptState } from "../gradient-transformation.ts";
import { checkNumber, checkRules } from "../internal/check.ts";
import { startCount } from "../internal/count.ts";
import { updateWhen } from "../internal/when.ts";
import { withState } from "../internal/with-state.ts";
import { allFinite } from "../scaling/all-finite.ts";

/** Settings of `applyIfFinite`. */
export type ApplyIfFiniteOptions = {
  /** Steps in a row that may be skipped; the next one is taken whatever it holds, so that it is noticed. Default 5. */
  readonly maxConsecutive?: number;
};

type FiniteState = {
  readonly inner: OptState;
  /** Steps in a row that were not finite. */
  readonly consecutive: Tensor;
  /** All of them. */
  readonly total: Tensor;
};

/**
 * Skips a step whose gradients are not all finite: the updates are zero and the state of the rule stays, counts and
 * moments included. The state of this rule counts the skips. Throws ArgumentError for a number out of range.
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { applyIfFinite, sgd } from "@adjoint/optim";
 * const optimizer = applyIfFinite(sgd({ learningRate: 1 }));
 * const bad = tensor([1, Infinity]);
 * await optimizer.update(bad, optimizer.init(bad), bad)[0].toArray(); // => [0, 0]
 * ```
 */
export const applyIfFinite = (
  rule: GradientTransformation,
  { maxConsecutive = 5 }: ApplyIfFiniteOptions = {},
): GradientTransformation => {
  checkRules("applyIfFinite", rule);
  checkNumber("applyIfFinite", "maxConsecutive", maxConsecutive, { min: 0, whole: true });
  return withState<FiniteState>({
    name: "applyIfFinite",
    keys: ["inner", "consecutive", "total"],
    init: (params) => ({
      inner: rule.init(params),
      consecutive: startCount(),
      total: startCount(),
    }),
    update: (grads, state, params, extras) => {
      const finite = allFinite(grads);
      const consecutive = where(finite, 0, state.consecutive.add(1));
      const [updates, inner] = updateWhen(
        logicalOr(finite, consecutive.greater(maxConsecutive)),
        () => rule.update(grads, state.inner, params, extras),
        grads,
        state.inner,
      );
      const total = where(finite, state.total, state.total.add(1));
      return [updates, { inner, consecutive, total }];
    },
  });
};
