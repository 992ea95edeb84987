import { clip, maximum, type Tensor } from "@adjoint/core";
import type { GradientTransformation } from "../gradient-transformation.ts";
import type { Hyperparam } from "../hyperparam.ts";
import { checkNumber } from "../internal/check.ts";
import { mapTensors } from "../internal/map-tensors.ts";
import { checkMoments, type Moments, nextMean, startMoments } from "../internal/moments.ts";
import { biasCorrection, scalarDType, scaledBy } from "../internal/scalars.ts";
import { withState } from "../internal/with-state.ts";

/** Settings of `scaleBySophia`. */
export type SophiaOptions = {
  /** Decay of the mean of the gradients; default 0.965. */
  readonly b1?: Hyperparam;
  /** Decay of the mean of the Hessian's diagonal; default 0.99. */
  readonly b2?: Hyperparam;
  /** Least curvature; default 1e-8. */
  readonly eps?: number;
  /** Multiplies the curvature; default 0.01. */
  readonly gamma?: number;
  /** Elements of the direction stay within plus and minus this; default 1. */
  readonly clipThreshold?: number;
};

/**
 * The mean of the gradients over the mean of the Hessian's diagonal, clipped. An estimate of the diagonal comes as
 * `{ hessian }` with some updates, say every tenth (`hutchinsonDiagonal`, `bartlettDiagonal`); it is used from the
 * next step on, as in optax and the authors' code. Until the first one the direction is the sign. Throws ArgumentError
 * for options out of range.
 * @see https://arxiv.org/abs/2305.14342
 */
export const scaleBySophia = ({
  b1 = 0.965,
  b2 = 0.99,
  eps = 1e-8,
  gamma = 0.01,
  clipThreshold = 1,
}: SophiaOptions = {}): GradientTransformation => {
  checkMoments("scaleBySophia", { b1, b2 });
  checkNumber("scaleBySophia", "eps", eps, { min: Number.MIN_VALUE });
  checkNumber("scaleBySophia", "gamma", gamma, { min: 0 });
  checkNumber("scaleBySophia", "clipThreshold", clipThreshold, { min: Number.MIN_VALUE });
  return withState<Moments>({
    name: "scaleBySophia",
    keys: ["count", "mu", "nu"],
    init: startMoments,
    update: (grads, state, _params, { hessian } = {}) => {
      const count = state.count.add(1);
      const mu = nextMean(state.mu, grads, b1);
      const nu = hessian === undefined ? state.nu : nextMean(state.nu, hessian, b2);
      const scaleMu = biasCorrection(b1, count, scalarDType(grads)).pow(-1);
      const direction = (_g: Tensor, m: Tensor, h: Tensor): Tensor =>
        clip(scaledBy(m, scaleMu).div(maximum(h.mul(gamma), eps)), -clipThreshold, clipThreshold);
      return [mapTensors(direction, grads, mu, state.nu), { count, mu, nu }];
    },
  });
};
