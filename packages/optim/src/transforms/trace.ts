import { zerosLike } from "@adjoint/core";
import type { GradientTransformation } from "../gradient-transformation.ts";
import type { Hyperparam } from "../hyperparam.ts";
import { checkHyperparam } from "../internal/check.ts";
import { mapState, mapTensors } from "../internal/map-tensors.ts";
import { scaledBy } from "../internal/scalars.ts";
import { withState } from "../internal/with-state.ts";

/** Settings of `trace`. */
export type TraceOptions = {
  /** Looks one step ahead, as Nesterov; default false. */
  readonly nesterov?: boolean;
};

/**
 * Momentum: gradients plus `decay` times the trace of the earlier ones.
 * Throws ArgumentError for a decay outside [0, 1).
 * @see https://proceedings.mlr.press/v28/sutskever13.html
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { trace } from "@adjoint/optim";
 * const rule = trace(0.5);
 * const g = tensor([1]);
 * const [, state] = rule.update(g, rule.init(g), g);
 * await rule.update(g, state, g)[0].toArray(); // => [1.5]
 * ```
 */
export const trace = (
  decay: Hyperparam,
  { nesterov = false }: TraceOptions = {},
): GradientTransformation => {
  checkHyperparam("trace", "decay", decay, { min: 0, below: 1 });
  return withState<{ readonly trace: unknown }>({
    name: "trace",
    keys: ["trace"],
    init: (params) => ({ trace: mapState(zerosLike, params) }),
    update: (grads, state) => {
      const next = mapState((t, g) => g.add(scaledBy(t, decay)), state.trace, grads);
      return [
        mapTensors((g, t) => (nesterov ? g.add(scaledBy(t, decay)) : t), grads, next),
        { trace: next },
      ];
    },
  });
};
