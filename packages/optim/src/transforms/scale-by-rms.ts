import { fullLike, type Tensor, zerosLike } from "@adjoint/core";
import type { GradientTransformation } from "../gradient-transformation.ts";
import type { Hyperparam } from "../hyperparam.ts";
import { checkHyperparam, checkNumber } from "../internal/check.ts";
import { startCount } from "../internal/count.ts";
import { mapState, mapTensors } from "../internal/map-tensors.ts";
import { nextMean, nextSquares } from "../internal/moments.ts";
import { biasCorrection, raisedBy, scalarDType, scaledBy } from "../internal/scalars.ts";
import { withState } from "../internal/with-state.ts";

/** Settings of `scaleByRms`. */
export type RmsOptions = {
  /** Decay of the mean of the squares; default 0.9 (PyTorch: 0.99). */
  readonly decay?: Hyperparam;
  /** Default 1e-8. */
  readonly eps?: Hyperparam;
  /** Whether `eps` is added inside the root (optax; default) or to it (PyTorch: false). */
  readonly epsInRoot?: boolean;
  /** Mean of the squares before the first step; default 0. */
  readonly initialScale?: number;
  /** Divides by the standard deviation: the mean of the gradients is taken off; default false. */
  readonly centered?: boolean;
  /** Corrects the means for where they start, as Adam; default false. */
  readonly biasCorrection?: boolean;
};

type RmsState = { readonly count: Tensor; readonly mu: unknown; readonly nu: unknown };

/** Means over `1 - decay^count`. */
const corrected = (means: unknown, decay: Hyperparam, count: Tensor, grads: unknown): unknown => {
  const factor = biasCorrection(decay, count, scalarDType(grads)).pow(-1);
  return mapState((m) => scaledBy(m, factor), means);
};

/**
 * Divides by the root of the moving mean of the squares, or by the standard deviation. Throws ArgumentError for options
 * out of range.
 * @see https://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf
 */
export const scaleByRms = ({
  decay = 0.9,
  eps = 1e-8,
  epsInRoot = true,
  initialScale = 0,
  centered = false,
  biasCorrection: corrects = false,
}: RmsOptions = {}): GradientTransformation => {
  checkHyperparam("scaleByRms", "decay", decay, { min: 0, below: 1 });
  checkHyperparam("scaleByRms", "eps", eps, { min: 0 });
  checkNumber("scaleByRms", "initialScale", initialScale, { min: 0 });
  const over = (g: Tensor, square: Tensor): Tensor =>
    epsInRoot ? g.mul(raisedBy(square, eps).rsqrt()) : g.div(raisedBy(square.sqrt(), eps));
  return withState<RmsState>({
    name: "scaleByRms",
    keys: ["count", "mu", "nu"],
    init: (params) => ({
      count: startCount(),
      mu: centered ? mapState(zerosLike, params) : null,
      nu: mapState((p) => fullLike(p, initialScale), params),
    }),
    update: (grads, state) => {
      const count = state.count.add(1);
      const nu = nextSquares(state.nu, grads, decay);
      const mu = centered ? nextMean(state.mu, grads, decay) : null;
      const fit = (means: unknown): unknown =>
        corrects ? corrected(means, decay, count, grads) : means;
      const updates = centered
        ? mapTensors((g, v, m) => over(g, v.sub(m.mul(m))), grads, fit(nu), fit(mu))
        : mapTensors(over, grads, fit(nu));
      return [updates, { count, mu, nu }];
    },
  });
};
