import { ArgumentError } from "@adjoint/core";
import { checkName, checkNumber, settingsOf } from "../internal/check.ts";
import { checkPoints, type Interpolation, type SchedulePoint, through } from "./interpolate.ts";
import { type Schedule, stepOf } from "./schedule.ts";

/** Settings of `piecewiseConstant`. */
export type PiecewiseOptions = {
  /** Value at step 0. */
  readonly init: number;
  /** Steps in ascending order, and what the value is multiplied by from each on. */
  readonly scales: readonly (readonly [step: number, scale: number])[];
};

/** The values at the steps: products of the scales so far. */
const products = (
  operation: string,
  { init, scales }: PiecewiseOptions,
): readonly SchedulePoint[] => {
  checkNumber(operation, "init", init);
  checkPoints(operation, scales);
  let value = init;
  return scales.map(([step, scale]) => {
    checkNumber(operation, "scale", scale, { min: 0 });
    value *= scale;
    return [step, value] as const;
  });
};

/**
 * A constant that is multiplied at some steps, as optax; PyTorch's MultiStepLR with a factor for each milestone. Throws
 * ArgumentError for steps that do not ascend.
 *
 * ```ts doctest
 * import { piecewiseConstant } from "@adjoint/optim";
 * const schedule = piecewiseConstant({ init: 1, scales: [[10, 0.5], [20, 0.5]] });
 * [await schedule(9).item(), await schedule(10).item(), await schedule(30).item()]; // => [1, 0.5, 0.25]
 * ```
 */
export const piecewiseConstant = (options: PiecewiseOptions): Schedule => {
  const points = products("piecewiseConstant", settingsOf("piecewiseConstant", options));
  return (step) => {
    const at = stepOf(step);
    return points.reduce(
      (before, [from, value]) => at.less(from).where(before, value),
      at.mul(0).add(options.init),
    );
  };
};

/**
 * From `init` at step 0 to the product of the scales so far at each step, linear or along cosines in between, as optax.
 * Throws ArgumentError for steps that do not ascend.
 *
 * ```ts doctest
 * import { piecewiseInterpolate } from "@adjoint/optim";
 * const schedule = piecewiseInterpolate({ init: 1, scales: [[10, 0.5], [20, 2]], kind: "linear" });
 * [await schedule(5).item(), await schedule(10).item(), await schedule(30).item()]; // => [0.75, 0.5, 1]
 * ```
 */
export const piecewiseInterpolate = (
  config: PiecewiseOptions & { readonly kind: Interpolation },
): Schedule => {
  const { kind, ...options } = settingsOf("piecewiseInterpolate", config);
  checkName("piecewiseInterpolate", "kind", kind, ["linear", "cosine"]);
  const points = products("piecewiseInterpolate", options);
  if (options.scales.some(([step]) => step < 0))
    throw new ArgumentError({
      operation: "piecewiseInterpolate",
      rule: "steps are not negative",
      got: `[${points.map(([step]) => step).join()}]`,
    });
  return through(kind, [[0, options.init], ...points]);
};
