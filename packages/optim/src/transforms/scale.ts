import { isTensor } from "@adjoint/core";
import type { GradientTransformation } from "../gradient-transformation.ts";
import type { Hyperparam, LearningRate } from "../hyperparam.ts";
import { checkHyperparam } from "../internal/check.ts";
import { startCount } from "../internal/count.ts";
import { mapTensors } from "../internal/map-tensors.ts";
import { scaledBy } from "../internal/scalars.ts";
import { type Counted, withoutState, withState } from "../internal/with-state.ts";
import type { Schedule } from "../schedules/schedule.ts";

/** Multiplies the gradients by a number or a scalar tensor. */
export const scale = (factor: Hyperparam): GradientTransformation => {
  checkHyperparam("scale", "factor", factor);
  return withoutState((grads) => mapTensors((g) => scaledBy(g, factor), grads));
};

/**
 * Multiplies the gradients by a schedule of the number of updates so far (0 at the first).
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { linearSchedule, scaleBySchedule } from "@adjoint/optim";
 * const rule = scaleBySchedule(linearSchedule({ init: 1, end: 0, steps: 2 }));
 * const g = tensor([8]);
 * const [first, state] = rule.update(g, rule.init(g), g);
 * const [second] = rule.update(g, state, g);
 * [await first.toArray(), await second.toArray()]; // => [[8], [4]]
 * ```
 */
export const scaleBySchedule = (schedule: Schedule): GradientTransformation =>
  withState<Counted>({
    name: "scaleBySchedule",
    keys: ["count"],
    init: () => ({ count: startCount() }),
    update: (grads, { count }) => {
      const factor = schedule(count);
      return [mapTensors((g) => scaledBy(g, factor), grads), { count: count.add(1) }];
    },
  });

const negated = (x: Hyperparam): Hyperparam => (isTensor(x) ? x.neg() : -x);

/**
 * Multiplies the gradients by minus the learning rate, so that adding the updates goes downhill.
 * Throws ArgumentError for a learning rate that is not finite.
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { scaleByLearningRate } from "@adjoint/optim";
 * const g = tensor([2]);
 * await scaleByLearningRate(0.5).update(g, null, g)[0].toArray(); // => [-1]
 * ```
 */
export const scaleByLearningRate = (learningRate: LearningRate): GradientTransformation =>
  typeof learningRate === "function"
    ? scaleBySchedule((step) => learningRate(step).neg())
    : scale(negated(checkHyperparam("scaleByLearningRate", "learningRate", learningRate)));
