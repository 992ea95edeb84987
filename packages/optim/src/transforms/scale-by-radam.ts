import { type DType, maximum, type Tensor } from "@adjoint/core";
import type { GradientTransformation } from "../gradient-transformation.ts";
import { checkName, checkNumber } from "../internal/check.ts";
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
import { biasCorrection, raisedBy, scalarDType, scaledBy } from "../internal/scalars.ts";
import { withState } from "../internal/with-state.ts";

/** Settings of `scaleByRadam`. */
export type RadamOptions = Omit<MomentOptions, "b2"> & {
  /** Decay of the mean of their squares, at least 0.6 (below, the rectification has no meaning); default 0.999. */
  readonly b2?: number;
  /** Length of the moving mean from which on the variance is trusted; default 5. */
  readonly threshold?: number;
  /** Where `eps` is added: to the corrected root ("corrected": optax; default) or the one before ("raw": PyTorch). */
  readonly epsOn?: "corrected" | "raw";
};

/** coth(y) - 1/y for y >= 0: by its series where the two would cancel. */
const langevin = (y: Tensor): Tensor => {
  const small = y.less(0.5);
  const square = y.mul(y);
  const series = [2 / 93_555, -1 / 4725, 2 / 945, -1 / 45, 1 / 3].reduce(
    (sum, c) => sum.mul(square).add(c),
    square.mul(0),
  );
  const large = small.where(1, y);
  return small.where(series.mul(y), large.tanh().pow(-1).sub(large.pow(-1)));
};

/**
 * Length of the simple moving mean that the exponential one after `count` steps is like. The paper has
 * rho = rhoMax - 2 t b2^t / (1 - b2^t): two numbers near 2000 whose difference starts at 1, which leaves three digits in
 * float32. With L(y) = coth(y) - 1/y and s = -ln(b2) / 2 the same is t + L(s) - t L(s t), where nothing cancels.
 */
const lengthAt = (b2: number, count: Tensor, dtype: DType): Tensor => {
  const t = count.cast(dtype);
  const s = t.mul(0).add(-Math.log(b2) / 2);
  return langevin(s)
    .sub(t.mul(langevin(s.mul(t))))
    .add(t);
};

/** Root of ((rho - 4) (rho - 2) rhoMax) / ((rhoMax - 4) (rhoMax - 2) rho); 0 where that is negative. */
const rectification = (rho: Tensor, max: number): Tensor => {
  const ratio = rho
    .sub(4)
    .mul(rho.sub(2))
    .div(rho)
    .mul(max / ((max - 4) * (max - 2)));
  return maximum(ratio, 0).sqrt();
};

/**
 * Adam's direction, rectified: the mean of the gradients alone while the mean of squares is of too few steps, then
 * Adam times a factor that rises to 1. Throws ArgumentError for options out of range.
 * @see https://arxiv.org/abs/1908.03265
 */
export const scaleByRadam = ({
  b1 = 0.9,
  b2 = 0.999,
  eps = 1e-8,
  threshold = 5,
  epsRoot = 0,
  epsOn = "corrected",
  muDtype,
  nuDtype,
}: RadamOptions = {}): GradientTransformation => {
  checkMoments("scaleByRadam", { b1, b2, eps, epsRoot, muDtype, nuDtype });
  checkNumber("scaleByRadam", "b2", b2, { min: 0.6, below: 1 });
  checkNumber("scaleByRadam", "threshold", threshold, { min: 4 });
  checkName("scaleByRadam", "epsOn", epsOn, ["corrected", "raw"]);
  const max = (1 + b2) / (1 - b2);
  return withState<Moments>({
    name: "scaleByRadam",
    keys: ["count", "mu", "nu"],
    init: (params) => startMoments(params, { muDtype, nuDtype }),
    update: (grads, state) => {
      const next = nextMoments(grads, state, b1, b2);
      const dtype = scalarDType(grads);
      const rho = lengthAt(b2, next.count, dtype);
      const trusted = rho.greaterEqual(threshold);
      const scaleMu = biasCorrection(b1, next.count, dtype).pow(-1);
      const root = biasCorrection(b2, next.count, dtype).rsqrt();
      const factor = rectification(rho, max).mul(scaleMu);
      const adapted = (m: Tensor, v: Tensor): Tensor =>
        epsOn === "raw"
          ? scaledBy(m, factor.div(root)).div(raisedBy(rootOf(v, epsRoot), eps))
          : scaledBy(m, factor).div(raisedBy(rootOf(v, epsRoot, root), eps));
      const direction = (g: Tensor, m: Tensor, v: Tensor): Tensor =>
        trusted.where(adapted(m, v), scaledBy(m, scaleMu)).cast(g.dtype);
      return [mapTensors(direction, grads, next.mu, next.nu), kept(next, state)];
    },
  });
};
