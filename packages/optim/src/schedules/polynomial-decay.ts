import { checkNumber } from "../internal/check.ts";
import { checkPath, type DecayPath, progress } from "./linear-schedule.ts";
import { type Schedule, stepOf } from "./schedule.ts";

/** Settings of `polynomialDecay`. */
export type PolynomialOptions = DecayPath & {
  /** Power of the part of the way that is left; 1 is linear. */
  readonly power: number;
  /** Steps at `init` before the way begins; default 0. */
  readonly begin?: number;
};

/**
 * From `init` to `end` as (1 - step / steps)^power, then `end`. Throws ArgumentError for numbers out of range.
 *
 * ```ts doctest
 * import { polynomialDecay } from "@adjoint/optim";
 * const schedule = polynomialDecay({ init: 1, end: 0, steps: 10, power: 2 });
 * [await schedule(0).item(), await schedule(5).item(), await schedule(10).item()]; // => [1, 0.25, 0]
 * ```
 */
export const polynomialDecay = (options: PolynomialOptions): Schedule => {
  checkPath("polynomialDecay", options);
  const { init, end, steps, power, begin = 0 } = options;
  checkNumber("polynomialDecay", "power", power, { min: Number.MIN_VALUE });
  checkNumber("polynomialDecay", "begin", begin, { min: 0, whole: true });
  return (step) => {
    const left = progress(stepOf(step).sub(begin), steps).neg().add(1);
    return left
      .pow(power)
      .mul(init - end)
      .add(end);
  };
};
