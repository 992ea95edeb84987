import { settingsOf } from "../internal/check.ts";
import type { GradientTransformation } from "../gradient-transformation.ts";
import type { Hyperparam, LearningRate } from "../hyperparam.ts";
import { chain, identity } from "../transforms/chain.ts";
import { scaleByLearningRate } from "../transforms/scale.ts";
import { trace } from "../transforms/trace.ts";

/** Settings of `sgd`. */
export type SgdOptions = {
  readonly learningRate: LearningRate;
  /** Decay of the trace of earlier gradients; no momentum when absent. */
  readonly momentum?: Hyperparam;
  /** Whether the momentum looks one step ahead; default false. */
  readonly nesterov?: boolean;
};

/**
 * Stochastic gradient descent, with momentum if asked for.
 *
 * ```ts doctest
 * import { grad, tensor } from "@adjoint/core";
 * import { applyUpdates, sgd } from "@adjoint/optim";
 * const optimizer = sgd({ learningRate: 0.25 });
 * const params = tensor([2]);
 * const grads = grad((x: typeof params) => x.mul(x).sum())(params);
 * const [updates] = optimizer.update(grads, optimizer.init(params), params);
 * await applyUpdates(params, updates).toArray(); // => [1]
 * ```
 */
export const sgd = (config: SgdOptions): GradientTransformation => {
  const { learningRate, momentum, nesterov = false } = settingsOf("sgd", config);
  return chain(
    momentum === undefined ? identity : trace(momentum, { nesterov }),
    scaleByLearningRate(learningRate),
  );
};
