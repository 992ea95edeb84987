import { minimum } from "@adjoint/core";
import type { EvaluatedTransformation } from "../gradient-transformation.ts";
import type { Hyperparam } from "../hyperparam.ts";
import { checkNumber, settingsOf } from "../internal/check.ts";
import { decay, type DecoupledDecay } from "../internal/decay.ts";
import { type Schedule, stepOf } from "../schedules/schedule.ts";
import { chain } from "../transforms/chain.ts";
import { scaleByLearningRate } from "../transforms/scale.ts";
import { scaleByRms } from "../transforms/scale-by-rms.ts";
import { scheduleFree } from "./schedule-free.ts";

/** Settings of the schedule-free optimizers; no weight decay by default. */
export type ScheduleFreeConfig = DecoupledDecay & {
  readonly learningRate: number;
  /** Steps in which the rate climbs: step t (from 0) has (t + 1) / warmupSteps of it; default 0. */
  readonly warmupSteps?: number;
  /** As of `scheduleFree`; default 0.9. */
  readonly b1?: number;
  /** As of `scheduleFree`; default 2. */
  readonly weightPower?: number;
};

const warmed = (rate: number, warmupSteps: number): number | Schedule => {
  checkNumber("scheduleFree", "warmupSteps", warmupSteps, { min: 0, whole: true });
  if (warmupSteps === 0) return rate;
  return (step) =>
    minimum(
      stepOf(step)
        .add(1)
        .mul(rate / warmupSteps),
      rate,
    );
};

/**
 * Schedule-free SGD. Evaluate on `evalParams(state, params)`. Throws ArgumentError for settings out of range.
 * @see https://arxiv.org/abs/2405.15682
 */
export const scheduleFreeSgd = (config: ScheduleFreeConfig): EvaluatedTransformation => {
  const {
    learningRate,
    warmupSteps = 0,
    b1 = 0.9,
    weightPower = 2,
    ...penalty
  } = settingsOf("scheduleFreeSgd", config);

  const rate = warmed(learningRate, warmupSteps);
  const rule = chain(decay(penalty), scaleByLearningRate(rate));
  return scheduleFree(rule, { learningRate: rate, b1, weightPower });
};

/** Settings of `scheduleFreeAdamw`. */
export type ScheduleFreeAdamwConfig = ScheduleFreeConfig & {
  /** Decay of the mean of the squares; default 0.999. */
  readonly b2?: Hyperparam;
  /** Added to the root; default 1e-8. */
  readonly eps?: Hyperparam;
};

/**
 * Schedule-free AdamW: the average takes the place of Adam's momentum and of a decaying rate. Evaluate on
 * `evalParams(state, params)`. Throws ArgumentError for settings out of range.
 * @see https://arxiv.org/abs/2405.15682
 *
 * ```ts doctest
 * import { grad, tensor, type Tensor } from "@adjoint/core";
 * import { applyUpdates, scheduleFreeAdamw } from "@adjoint/optim";
 * const loss = (x: Tensor) => x.sub(3).pow(2).sum();
 * const optimizer = scheduleFreeAdamw({ learningRate: 0.5, warmupSteps: 5 });
 * let x = tensor([0]);
 * let state = optimizer.init(x);
 * for (let i = 0; i < 200; i++) {
 *   const [updates, next] = optimizer.update(grad(loss)(x), state, x);
 *   [x, state] = [applyUpdates(x, updates), next];
 * }
 * Number(await loss(optimizer.evalParams(state, x)).item()) < 0.01; // => true
 * ```
 */
export const scheduleFreeAdamw = (config: ScheduleFreeAdamwConfig): EvaluatedTransformation => {
  const {
    learningRate,
    warmupSteps = 0,
    b1 = 0.9,
    weightPower = 2,
    b2 = 0.999,
    eps = 1e-8,
    ...penalty
  } = settingsOf("scheduleFreeAdamw", config);

  const rate = warmed(learningRate, warmupSteps);
  const rule = chain(
    scaleByRms({ decay: b2, eps, epsInRoot: false, biasCorrection: true }),
    decay(penalty),
    scaleByLearningRate(rate),
  );
  return scheduleFree(rule, { learningRate: rate, b1, weightPower });
};
