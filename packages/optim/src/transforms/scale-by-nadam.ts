import { exp, ones, type Tensor } from "@adjoint/core";
import type { GradientTransformation } from "../gradient-transformation.ts";
import type { Hyperparam } from "../hyperparam.ts";
import { checkNumber } from "../internal/check.ts";
import { mapTensors } from "../internal/map-tensors.ts";
import {
  checkMoments,
  kept,
  type MomentOptions,
  type Moments,
  nextMoments,
  rootOf,
  startMoments,
} from "../internal/moments.ts";
import { biasCorrection, oneMinus, raisedBy, scalarDType, scaledBy } from "../internal/scalars.ts";
import { withState } from "../internal/with-state.ts";

/** Settings of `scaleByNadam`. */
export type NadamOptions = MomentOptions & {
  /**
   * Lets the momentum grow from b1 / 2 to b1 as b1 (1 - 0.96^(step decay) / 2): the paper and PyTorch, whose default is
   * 0.004. When absent the momentum is b1 throughout, as in optax.
   */
  readonly momentumDecay?: number;
};

type NadamState = Moments & { readonly product: Tensor };

/** Shares of the gradient and of its mean in the direction of a step, and the product of the momenta so far. */
type Shares = { readonly ofGrad: Tensor; readonly ofMean: Tensor; readonly product: Tensor };

const constantShares = (b1: Hyperparam, count: Tensor, product: Tensor): Shares => {
  const overNow = biasCorrection(b1, count, product.dtype).pow(-1);
  const overNext = biasCorrection(b1, count.add(1), product.dtype).pow(-1);
  return { ofGrad: scaledBy(overNow, oneMinus(b1)), ofMean: scaledBy(overNext, b1), product };
};

/** b1 (1 - 0.96^(step decay) / 2) */
const momentumAt = (b1: Hyperparam, step: Tensor, decay: number): Tensor =>
  scaledBy(
    exp(step.mul(decay * Math.log(0.96)))
      .mul(-0.5)
      .add(1),
    b1,
  );

const growingShares = (b1: Hyperparam, count: Tensor, before: Tensor, decay: number): Shares => {
  const step = count.cast(before.dtype);
  const now = momentumAt(b1, step, decay);
  const next = momentumAt(b1, step.add(1), decay);
  const product = before.mul(now);
  return {
    ofGrad: now.neg().add(1).div(product.neg().add(1)),
    ofMean: next.div(product.mul(next).neg().add(1)),
    product,
  };
};

/**
 * Adam's direction with Nesterov's momentum: the mean of the next step, as far as it is known. Throws ArgumentError for
 * options out of range.
 * @see https://openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ
 */
export const scaleByNadam = ({
  b1 = 0.9,
  b2 = 0.999,
  eps = 1e-8,
  epsRoot = 0,
  momentumDecay,
  muDtype,
  nuDtype,
}: NadamOptions = {}): GradientTransformation => {
  checkMoments("scaleByNadam", { b1, b2, eps, epsRoot, muDtype, nuDtype });
  if (momentumDecay !== undefined)
    checkNumber("scaleByNadam", "momentumDecay", momentumDecay, { min: 0 });
  return withState<NadamState>({
    name: "scaleByNadam",
    keys: ["count", "mu", "nu", "product"],
    init: (params) => ({
      ...startMoments(params, { muDtype, nuDtype }),
      product: ones([], { dtype: scalarDType(params) }),
    }),
    update: (grads, { product: before, ...state }) => {
      const next = nextMoments(grads, state, b1, b2);
      const { ofGrad, ofMean, product } =
        momentumDecay === undefined
          ? constantShares(b1, next.count, before)
          : growingShares(b1, next.count, before, momentumDecay);
      const scaleNu = biasCorrection(b2, next.count, before.dtype).rsqrt();
      const direction = (g: Tensor, m: Tensor, v: Tensor): Tensor =>
        scaledBy(m, ofMean)
          .add(scaledBy(g, ofGrad))
          .div(raisedBy(rootOf(v, epsRoot, scaleNu), eps))
          .cast(g.dtype);
      return [mapTensors(direction, grads, next.mu, next.nu), { ...kept(next, state), product }];
    },
  });
};
