import { maximum, minimum } from "@adjoint/core";
import { checkNumber, settingsOf } from "../internal/check.ts";
import { type Schedule, stepOf } from "./schedule.ts";

/** Settings of `inverseSqrt`. */
export type InverseSqrtOptions = {
  /** Value at the end of the warmup. */
  readonly peak: number;
  /** Steps of linear warmup, at least 1. */
  readonly warmupSteps: number;
};

/**
 * Linear warmup, then a decay with 1 / sqrt(step): that of the first Transformer, where step 0 counts as 1 and the peak is
 * 1 / sqrt(width * warmupSteps). Throws ArgumentError for numbers out of range.
 * @see https://arxiv.org/abs/1706.03762
 *
 * ```ts doctest
 * import { inverseSqrt } from "@adjoint/optim";
 * const schedule = inverseSqrt({ peak: 1, warmupSteps: 4 });
 * [await schedule(0).item(), await schedule(3).item(), await schedule(15).item()]; // => [0.25, 1, 0.5]
 * ```
 */
export const inverseSqrt = (config: InverseSqrtOptions): Schedule => {
  const { peak, warmupSteps } = settingsOf("inverseSqrt", config);

  checkNumber("inverseSqrt", "peak", peak);
  checkNumber("inverseSqrt", "warmupSteps", warmupSteps, { min: 1, whole: true });
  return (step) => {
    const t = maximum(stepOf(step).add(1), 1).div(warmupSteps);
    return minimum(t, t.rsqrt()).mul(peak);
  };
};
