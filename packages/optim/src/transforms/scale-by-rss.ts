import { fullLike, type Tensor } from "@adjoint/core";
import type { GradientTransformation } from "../gradient-transformation.ts";
import type { Hyperparam } from "../hyperparam.ts";
import { checkHyperparam, checkNumber } from "../internal/check.ts";
import { mapState, mapTensors } from "../internal/map-tensors.ts";
import { raisedBy } from "../internal/scalars.ts";
import { withState } from "../internal/with-state.ts";

/** Settings of `scaleByRss`. */
export type RssOptions = {
  /** Sum of squares before the first step; default 0.1 (optax; PyTorch: 0). */
  readonly initialAccumulator?: number;
  /** Default 1e-7 (PyTorch: 1e-10). */
  readonly eps?: Hyperparam;
  /** Whether `eps` is added inside the root (optax; default) or to it (PyTorch: false). */
  readonly epsInRoot?: boolean;
};

/** 1 / sqrt(t + eps), and 0 where nothing was seen. */
const inside = (t: Tensor, eps: Hyperparam): Tensor =>
  t.greater(0).where(raisedBy(t, eps).rsqrt(), 0);

/**
 * Divides by the root of the sum of all squares so far. Throws ArgumentError for options out of range.
 * @see https://jmlr.org/papers/v12/duchi11a.html
 */
export const scaleByRss = ({
  initialAccumulator = 0.1,
  eps = 1e-7,
  epsInRoot = true,
}: RssOptions = {}): GradientTransformation => {
  checkNumber("scaleByRss", "initialAccumulator", initialAccumulator, { min: 0 });
  checkHyperparam("scaleByRss", "eps", eps, { min: 0 });
  return withState<{ readonly sum: unknown }>({
    name: "scaleByRss",
    keys: ["sum"],
    init: (params) => ({ sum: mapState((p) => fullLike(p, initialAccumulator), params) }),
    update: (grads, state) => {
      const sum = mapState((t, g) => t.add(g.mul(g)), state.sum, grads);
      const direction = (g: Tensor, t: Tensor): Tensor =>
        epsInRoot ? g.mul(inside(t, eps)) : g.div(raisedBy(t.sqrt(), eps));
      return [mapTensors(direction, grads, sum), { sum }];
    },
  });
};
