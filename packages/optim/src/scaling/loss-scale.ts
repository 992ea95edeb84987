import { full, isfinite, logicalAnd, maximum, type Tensor, where, zeros } from "@adjoint/core";
import { checkNumber } from "../internal/check.ts";
import { mapTensors } from "../internal/map-tensors.ts";

/** What loss scaling remembers between steps; part of the training state. */
export type LossScaleState = {
  /** What the loss is multiplied by, a float32 scalar. */
  readonly scale: Tensor;
  /** Steps with finite gradients since the scale changed, an int32 scalar. */
  readonly goodSteps: Tensor;
};

/**
 * Keeps gradients of a loss in float16 from vanishing: the loss is multiplied by a scale before it is differentiated,
 * and the gradients are divided by it afterwards, in float32. Parameters are float32, cast within the loss: gradients of
 * float16 parameters are float16 again after the division, and vanish there. All are pure and jittable.
 * @see https://arxiv.org/abs/1710.03740
 */
export type LossScale = {
  /** The state before the first step. */
  readonly init: () => LossScaleState;
  /** The loss times the scale, in float32 at least. */
  readonly scaled: (loss: Tensor, state: LossScaleState) => Tensor;
  /** Gradients of the scaled loss over the scale: a tree of the same structure and dtypes. */
  readonly unscaled: <P>(grads: P, state: LossScaleState) => P;
  /** The state of the next step; `finite` (a bool scalar) says whether all gradients of this one were. */
  readonly adjusted: (state: LossScaleState, finite: Tensor) => LossScaleState;
};

/** Settings of `dynamicLossScale`. */
export type LossScaleOptions = {
  /** Scale of the first step; default 2^15. */
  readonly initial?: number;
  /** What the scale is multiplied or divided by; default 2. Powers of 2 do not round gradients. */
  readonly factor?: number;
  /** Steps in a row with finite gradients after which the scale grows; default 2000. */
  readonly growthInterval?: number;
  /** The scale does not fall below this; default 1. */
  readonly min?: number;
};

const multiply = (loss: Tensor, { scale }: LossScaleState): Tensor => loss.mul(scale);

const divide = <P>(grads: P, { scale }: LossScaleState): P => {
  const inverse = scale.pow(-1);
  return mapTensors((g) => g.mul(inverse).cast(g.dtype), grads);
};

const startAt = (scale: number) => (): LossScaleState => ({
  scale: full([], scale),
  goodSteps: zeros([], { dtype: "int32" }),
});

/**
 * A loss scale that stays as it is. Throws ArgumentError for one that is not positive and finite.
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { staticLossScale } from "@adjoint/optim";
 * const lossScale = staticLossScale(128);
 * await lossScale.scaled(tensor(0.5), lossScale.init()).item(); // => 64
 * ```
 */
export const staticLossScale = (scale: number): LossScale => {
  checkNumber("staticLossScale", "scale", scale, { min: Number.MIN_VALUE });
  return {
    init: startAt(scale),
    scaled: multiply,
    unscaled: divide,
    adjusted: (state) => state,
  };
};

/**
 * A loss scale that looks for the largest value without overflow: gradients that are not finite divide it by `factor`,
 * `growthInterval` finite steps in a row multiply it. It stays finite and at least `min`. The rule is that of PyTorch's
 * GradScaler, which has no least scale. Throws ArgumentError for options out of range.
 * @see https://docs.pytorch.org/docs/stable/amp.html#gradient-scaling
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { allFinite, dynamicLossScale } from "@adjoint/optim";
 * const lossScale = dynamicLossScale({ initial: 8, growthInterval: 2 });
 * let state = lossScale.init();
 * const scales: unknown[] = [];
 * for (const g of [1, 1, Infinity, 1]) {
 *   state = lossScale.adjusted(state, allFinite(tensor([g])));
 *   scales.push(await state.scale.item());
 * }
 * scales; // => [8, 16, 8, 8]
 * ```
 */
export const dynamicLossScale = ({
  initial = 2 ** 15,
  factor = 2,
  growthInterval = 2000,
  min = 1,
}: LossScaleOptions = {}): LossScale => {
  const name = "dynamicLossScale";
  checkNumber(name, "min", min, { min: Number.MIN_VALUE });
  checkNumber(name, "initial", initial, { min });
  checkNumber(name, "factor", factor, { min: 1 });
  checkNumber(name, "growthInterval", growthInterval, { min: 1, whole: true });
  return {
    init: startAt(initial),
    scaled: multiply,
    unscaled: divide,
    adjusted: ({ scale, goodSteps }, finite) => {
      const good = goodSteps.add(1);
      const isDue = good.greaterEqual(growthInterval);
      const larger = scale.mul(factor);
      const grown = where(logicalAnd(isDue, isfinite(larger)), larger, scale);
      return {
        scale: where(finite, grown, maximum(scale.div(factor), min)),
        goodSteps: where(finite, where(isDue, 0, good), 0),
      };
    },
  };
};
