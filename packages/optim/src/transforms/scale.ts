import { type Tensor, zeros } from "@adjoint/core";
import type { GradientTransformation } from "../gradient-transformation.ts";
import { checkNumber } from "../internal/check.ts";
import { mapTensors } from "../internal/map-tensors.ts";
import { scaledBy } from "../internal/scalars.ts";
import { type Counted, withoutState, withState } from "../internal/with-state.ts";
import type { Schedule } from "../schedules/schedule.ts";

/** Multiplies the gradients by a number. */
export const scale = (factor: number): GradientTransformation => {
  checkNumber("scale", "factor", factor);
  return withoutState((grads) => mapTensors((g) => g.mul(factor), grads));
};

/** A step counter at 0. It is tensor data, so that a compiled step serves every step. */
export const startCount = (): Tensor => zeros([], { dtype: "int32" });

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

/** A learning rate: a number, or a schedule of the number of updates so far. */
export type LearningRate = number | Schedule;

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
  typeof learningRate === "number"
    ? scale(-checkNumber("scaleByLearningRate", "learningRate", learningRate))
    : scaleBySchedule((step) => learningRate(step).neg());
