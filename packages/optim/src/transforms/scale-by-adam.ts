import type { Tensor } from "@adjoint/core";
import type { GradientTransformation } from "../gradient-transformation.ts";
import { checkName } from "../internal/check.ts";
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

/** Settings of Adam's moments. */
export type AdamOptions = MomentOptions & {
  /**
   * Where `eps` is added: to the root after its correction ("corrected": the paper's algorithm, PyTorch, optax; default)
   * or before ("raw": the paper's epsilon hat, TensorFlow), which damps the first steps more.
   */
  readonly epsOn?: "corrected" | "raw";
};

/**
 * Adam's direction: the mean of the gradients over the root of the mean of their squares, both corrected for starting
 * at zero. Moments have the dtype of the parameters unless told. Throws ArgumentError for options out of range.
 * @see https://arxiv.org/abs/1412.6980
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { scaleByAdam } from "@adjoint/optim";
 * const rule = scaleByAdam();
 * const grads = tensor([0.5, -20]);
 * const [updates] = rule.update(grads, rule.init(grads), grads);
 * Array.from(await updates.data(), (x) => x.toFixed(3)); // => ["1.000", "-1.000"]
 * ```
 */
export const scaleByAdam = ({
  b1 = 0.9,
  b2 = 0.999,
  eps = 1e-8,
  epsRoot = 0,
  epsOn = "corrected",
  muDtype,
  nuDtype,
}: AdamOptions = {}): GradientTransformation => {
  checkMoments("scaleByAdam", { b1, b2, eps, epsRoot, muDtype, nuDtype });
  checkName("scaleByAdam", "epsOn", epsOn, ["corrected", "raw"]);
  return withState<Moments>({
    name: "scaleByAdam",
    keys: ["count", "mu", "nu"],
    init: (params) => startMoments(params, { muDtype, nuDtype }),
    update: (grads, state) => {
      const next = nextMoments(grads, state, b1, b2);
      const dtype = scalarDType(grads);
      // scalars, once a step: what is left for each element is one chain over p, g, mu and nu
      const scaleMu = biasCorrection(b1, next.count, dtype).pow(-1);
      const scaleNu = biasCorrection(b2, next.count, dtype).rsqrt();
      const direction = (m: Tensor, v: Tensor): Tensor =>
        epsOn === "raw"
          ? scaledBy(m, scaleMu.div(scaleNu)).div(raisedBy(rootOf(v, epsRoot), eps))
          : scaledBy(m, scaleMu).div(raisedBy(rootOf(v, epsRoot, scaleNu), eps));
      const updates = mapTensors(
        (g, m, v) => direction(m, v).cast(g.dtype),
        grads,
        next.mu,
        next.nu,
      );
      return [updates, kept(next, state)];
    },
  });
};
