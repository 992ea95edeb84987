import { settingsOf } from "../internal/check.ts";
import type { GradientTransformation } from "../gradient-transformation.ts";
import type { LearningRate } from "../hyperparam.ts";
import { decay, type DecoupledDecay } from "../internal/decay.ts";
import { chain } from "../transforms/chain.ts";
import { scaleByLearningRate } from "../transforms/scale.ts";
import { scaleBySophia, type SophiaOptions } from "../transforms/scale-by-sophia.ts";

/** Settings of `sophia`; `weightDecay` is 1e-4 by default. */
export type SophiaConfig = SophiaOptions & DecoupledDecay & { readonly learningRate: LearningRate };

/**
 * Sophia: a diagonal second-order method. Every few steps `update` gets an estimate of the Hessian's diagonal as
 * `{ hessian }`, from `hutchinsonDiagonal` (Sophia-H) or `bartlettDiagonal` (Sophia-G). Throws ArgumentError for settings
 * out of range.
 * @see https://arxiv.org/abs/2305.14342
 *
 * ```ts doctest
 * import { grad, tensor, type Tensor } from "@adjoint/core";
 * import { key } from "@adjoint/core/random";
 * import { applyUpdates, hutchinsonDiagonal, sophia } from "@adjoint/optim";
 * const loss = (x: Tensor) => x.mul(x).mul(tensor([50, 200])).sum(); // curvatures 100 and 400
 * const optimizer = sophia({ learningRate: 1, b1: 0, b2: 0, weightDecay: 0, gamma: 1, clipThreshold: 10 });
 * let x = tensor([0, 0]);
 * const hessian = hutchinsonDiagonal(loss, x, key(0));
 * const [, state] = optimizer.update(x, optimizer.init(x), x, { hessian });
 * x = tensor([3, -2]);
 * const [updates] = optimizer.update(grad(loss)(x), state, x);
 * await applyUpdates(x, updates).toArray(); // => [0, 0]
 * ```
 */
export const sophia = (config: SophiaConfig): GradientTransformation => {
  const {
    learningRate,
    weightDecay = 1e-4,
    mask = true,
    ...options
  } = settingsOf("sophia", config);
  return chain(
    scaleBySophia(options),
    decay({ weightDecay, mask }),
    scaleByLearningRate(learningRate),
  );
};
