import { asTensor, type DType, maximum, type Tensor, zeros } from "@adjoint/core";
import type {
  EvaluatedTransformation,
  GradientTransformation,
  OptState,
} from "../gradient-transformation.ts";
import type { LearningRate } from "../hyperparam.ts";
import { checkNumber, checkRules, settingsOf } from "../internal/check.ts";
import { copy } from "../internal/copy.ts";
import { startCount } from "../internal/count.ts";
import { mapState, mapTensors } from "../internal/map-tensors.ts";
import { scalarDType, scaledBy } from "../internal/scalars.ts";
import { nestedState } from "../internal/nested-state.ts";
import { withState } from "../internal/with-state.ts";

/** Settings of `scheduleFree`. */
export type ScheduleFreeOptions = {
  /** The learning rate of the rule, which weighs the average. */
  readonly learningRate: LearningRate;
  /** Where between the average (1) and the rule's own sequence (0) gradients are taken; default 0.9. */
  readonly b1?: number;
  /** Power of the largest rate so far in the weights of the average; default 2. */
  readonly weightPower?: number;
};

type FreeState = {
  readonly inner: OptState;
  /** Where the rule would be on its own. */
  readonly z: unknown;
  readonly count: Tensor;
  readonly weightSum: Tensor;
  readonly maxRate: Tensor;
};

const described: {
  readonly name: string;
  readonly keys: readonly (keyof FreeState)[];
} = { name: "scheduleFree", keys: ["inner", "z", "count", "weightSum", "maxRate"] };

const rateAt = (rate: LearningRate, count: Tensor, dtype: DType): Tensor =>
  asTensor(typeof rate === "function" ? rate(count) : rate).cast(dtype);

/** The average as x = (y - (1 - b1) z) / b1, from the trained parameters y. */
const averageOf = <P>(params: P, z: unknown, b1: number): P =>
  mapTensors((y, zi) => y.add(y.sub(zi).mul(1 / b1 - 1)), params, z);

/**
 * Makes a rule without momentum schedule-free: a weighted average of its sequence takes the place of a decaying rate.
 * The parameters that are trained lie between the two; `evalParams` gives the average, which is the one to evaluate. The
 * rule's updates must contain its learning rate. Throws ArgumentError for settings out of range.
 * @see https://arxiv.org/abs/2405.15682
 */
export const scheduleFree = (
  rule: GradientTransformation,
  options: ScheduleFreeOptions,
): EvaluatedTransformation => {
  const { learningRate, b1 = 0.9, weightPower = 2 } = settingsOf("scheduleFree", options);
  checkRules("scheduleFree", rule);
  checkNumber("scheduleFree", "b1", b1, { min: Number.MIN_VALUE, below: 1 });
  checkNumber("scheduleFree", "weightPower", weightPower, { min: 0 });
  const transformation = withState<FreeState>({
    ...described,
    init: (params) => {
      const dtype = scalarDType(params);
      return {
        inner: rule.init(params),
        z: mapState(copy, params),
        count: startCount(),
        weightSum: zeros([], { dtype }),
        maxRate: zeros([], { dtype }),
      };
    },
    update: (grads, state, params, extras) => {
      const rate = rateAt(learningRate, state.count, state.maxRate.dtype);
      const maxRate = maximum(state.maxRate, rate);
      const weight = maxRate.pow(weightPower);
      const weightSum = state.weightSum.add(weight);
      const share = weightSum.greater(0).where(weight.div(weightSum), 0);
      const [own, inner] = rule.update(grads, state.inner, params, extras);
      const z = mapState((at, u) => at.add(u), state.z, own);
      // x' = x + share (z' - x) and y' = b1 x' + (1 - b1) z', with x left out
      const ofOwn = share.neg().add(1).mul(-b1).add(1);
      const toward = (u: Tensor, at: Tensor, y: Tensor): Tensor =>
        scaledBy(at.sub(y), share).add(scaledBy(u, ofOwn));
      const updates = mapTensors(toward, own, state.z, params);
      return [updates, { inner, z, count: state.count.add(1), weightSum, maxRate }];
    },
  });
  return {
    ...transformation,
    evalParams: (state, params) =>
      averageOf(params, nestedState<FreeState>(described, state)[0].z, b1),
  };
};
