import { type Tensor, zerosLike } from "@adjoint/core";
import type { GradientTransformation } from "../gradient-transformation.ts";
import type { Hyperparam } from "../hyperparam.ts";
import { checkHyperparam } from "../internal/check.ts";
import { mapState, mapTensors } from "../internal/map-tensors.ts";
import { nextMean } from "../internal/moments.ts";
import { moved } from "../internal/scalars.ts";
import { withState } from "../internal/with-state.ts";

/** Settings of `scaleByLion`. */
export type LionOptions = {
  /** Share of the mean in the direction; default 0.9. */
  readonly b1?: Hyperparam;
  /** Decay of the mean of the gradients; default 0.99. */
  readonly b2?: Hyperparam;
};

/**
 * The sign of a mix of the gradient and the mean of earlier ones. Throws ArgumentError for options out of range.
 * @see https://arxiv.org/abs/2302.06675
 */
export const scaleByLion = ({ b1 = 0.9, b2 = 0.99 }: LionOptions = {}): GradientTransformation => {
  checkHyperparam("scaleByLion", "b1", b1, { min: 0, below: 1 });
  checkHyperparam("scaleByLion", "b2", b2, { min: 0, below: 1 });
  return withState<{ readonly mu: unknown }>({
    name: "scaleByLion",
    keys: ["mu"],
    init: (params) => ({ mu: mapState(zerosLike, params) }),
    update: (grads, { mu }) => [
      mapTensors((g: Tensor, m: Tensor) => moved(m, g, b1).sign(), grads, mu),
      { mu: nextMean(mu, grads, b2) },
    ],
  });
};
