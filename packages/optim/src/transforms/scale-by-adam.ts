import { type DType, expm1, type Tensor, zerosLike } from "@adjoint/core";
import type { GradientTransformation } from "../gradient-transformation.ts";
import { checkNumber } from "../internal/check.ts";
import { mapState, mapTensors } from "../internal/map-tensors.ts";
import { scalarDType, scaledBy } from "../internal/scalars.ts";
import { withState } from "../internal/with-state.ts";
import { startCount } from "./scale.ts";

/** Settings of Adam's moments. */
export type AdamOptions = {
  /** Decay of the mean of the gradients; default 0.9. */
  readonly b1?: number;
  /** Decay of the mean of their squares; default 0.999. */
  readonly b2?: number;
  /** Added to the root; default 1e-8. */
  readonly eps?: number;
};

type AdamState = { readonly count: Tensor; readonly mu: unknown; readonly nu: unknown };

/** 1 - decay^count without cancellation. */
const biasCorrection = (decay: number, count: Tensor, dtype: DType): Tensor =>
  expm1(count.cast(dtype).mul(Math.log(decay))).neg();

/**
 * Adam's direction: the mean of the gradients over the root of the mean of their squares, both corrected for starting
 * at zero. Moments have the dtype of the parameters. Throws ArgumentError for options out of range.
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
}: AdamOptions = {}): GradientTransformation => {
  checkNumber("scaleByAdam", "b1", b1, { min: 0, below: 1 });
  checkNumber("scaleByAdam", "b2", b2, { min: 0, below: 1 });
  checkNumber("scaleByAdam", "eps", eps, { min: 0 });
  return withState<AdamState>({
    name: "scaleByAdam",
    keys: ["count", "mu", "nu"],
    init: (params) => ({
      count: startCount(),
      mu: mapState(zerosLike, params),
      nu: mapState(zerosLike, params),
    }),
    update: (grads, state) => {
      const count = state.count.add(1);
      const dtype = scalarDType(grads);
      // scalars, once a step: what is left for each element is one chain over p, g, mu and nu
      const scaleMu = biasCorrection(b1, count, dtype).pow(-1);
      const scaleNu = biasCorrection(b2, count, dtype).rsqrt();
      const mu = mapState((m, g) => m.mul(b1).add(g.mul(1 - b1)), state.mu, grads);
      const nu = mapState((v, g) => v.mul(b2).add(g.mul(g).mul(1 - b2)), state.nu, grads);
      const direction = (m: Tensor, v: Tensor): Tensor =>
        scaledBy(m, scaleMu).div(scaledBy(v.sqrt(), scaleNu).add(eps));
      return [mapTensors((_g, m, v) => direction(m, v), grads, mu, nu), { count, mu, nu }];
    },
  });
};
