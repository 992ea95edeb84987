import { exp, maximum, minimum } from "@adjoint/core";
import { checkNumber, settingsOf } from "../internal/check.ts";
import { type Schedule, stepOf } from "./schedule.ts";

/** Settings of `exponentialDecay`. */
export type ExponentialOptions = {
  /** Value at step 0. */
  readonly init: number;
  /** What the value is multiplied by in `steps` steps. */
  readonly rate: number;
  /** Number of steps, at least 1. */
  readonly steps: number;
  /** Changes at whole multiples of `steps` only; default false. */
  readonly staircase?: boolean;
  /** Steps at `init` before the decay begins; default 0. */
  readonly begin?: number;
  /** The value stops here: a least one for a rate below 1, a largest for one above. */
  readonly end?: number;
};

/**
 * init * rate^(step / steps). Throws ArgumentError for numbers out of range.
 *
 * ```ts doctest
 * import { exponentialDecay } from "@adjoint/optim";
 * const schedule = exponentialDecay({ init: 8, rate: 0.5, steps: 10, staircase: true });
 * [await schedule(9).item(), Number(await schedule(10).item()).toFixed(4)]; // => [8, "4.0000"]
 * ```
 */
export const exponentialDecay = (config: ExponentialOptions): Schedule => {
  const {
    init,
    rate,
    steps,
    staircase = false,
    begin = 0,
    end,
  } = settingsOf("exponentialDecay", config);

  const name = "exponentialDecay";
  checkNumber(name, "init", init);
  checkNumber(name, "rate", rate, { min: Number.MIN_VALUE });
  checkNumber(name, "steps", steps, { min: 1, whole: true });
  checkNumber(name, "begin", begin, { min: 0, whole: true });
  if (end !== undefined) checkNumber(name, "end", end);
  return (step) => {
    const passed = maximum(stepOf(step).sub(begin), 0).div(steps);
    const value = exp((staircase ? passed.floor() : passed).mul(Math.log(rate))).mul(init);
    if (end === undefined) return value;
    return rate < 1 ? maximum(value, end) : minimum(value, end);
  };
};
