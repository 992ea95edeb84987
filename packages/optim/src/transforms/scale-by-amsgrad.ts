import { maximum, type Tensor } from "@adjoint/core";
import type { GradientTransformation } from "../gradient-transformation.ts";
import { checkName } from "../internal/check.ts";
import { mapState, mapTensors } from "../internal/map-tensors.ts";
import {
  checkMoments,
  kept,
  keptPart,
  type MomentOptions,
  type Moments,
  nextMoments,
  rootOf,
  startMoments,
  zerosIn,
} from "../internal/moments.ts";
import { biasCorrection, raisedBy, scalarDType, scaledBy } from "../internal/scalars.ts";
import { withState } from "../internal/with-state.ts";

/** Settings of `scaleByAmsgrad`. */
export type AmsgradOptions = MomentOptions & {
  /** What the maximum is kept of: the corrected mean ("corrected": optax; default) or the mean itself ("raw": PyTorch). */
  readonly maxOf?: "corrected" | "raw";
};

type AmsgradState = Moments & { readonly nuMax: unknown };

/**
 * Adam's direction with the largest mean of squares so far, so that steps never grow again. Throws ArgumentError for
 * options out of range.
 * @see https://openreview.net/forum?id=ryQu7f-RZ
 */
export const scaleByAmsgrad = ({
  b1 = 0.9,
  b2 = 0.999,
  eps = 1e-8,
  epsRoot = 0,
  maxOf = "corrected",
  muDtype,
  nuDtype,
}: AmsgradOptions = {}): GradientTransformation => {
  checkMoments("scaleByAmsgrad", { b1, b2, eps, epsRoot, muDtype, nuDtype });
  checkName("scaleByAmsgrad", "maxOf", maxOf, ["corrected", "raw"]);
  return withState<AmsgradState>({
    name: "scaleByAmsgrad",
    keys: ["count", "mu", "nu", "nuMax"],
    init: (params) => ({
      ...startMoments(params, { muDtype, nuDtype }),
      nuMax: zerosIn(nuDtype, params),
    }),
    update: (grads, { nuMax: before, ...state }) => {
      const next = nextMoments(grads, state, b1, b2);
      const dtype = scalarDType(grads);
      const scaleMu = biasCorrection(b1, next.count, dtype).pow(-1);
      const scaleNu = biasCorrection(b2, next.count, dtype).pow(-1);
      const fit = (v: Tensor, now: boolean): Tensor => (now ? scaledBy(v, scaleNu) : v);
      const early = maxOf === "corrected";
      const nuMax = mapState((m, v) => maximum(m, fit(v, early)), before, next.nu);
      const direction = (g: Tensor, m: Tensor, v: Tensor): Tensor =>
        scaledBy(m, scaleMu)
          .div(raisedBy(rootOf(fit(v, !early), epsRoot), eps))
          .cast(g.dtype);
      return [
        mapTensors(direction, grads, next.mu, nuMax),
        { ...kept(next, state), nuMax: keptPart(nuMax, before) },
      ];
    },
  });
};
