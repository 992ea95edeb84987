import { cos, log, maximum, type Tensor } from "@adjoint/core";
import { checkNumber, settingsOf } from "../internal/check.ts";
import { joinSchedules } from "./join-schedules.ts";
import { type Schedule, stepOf } from "./schedule.ts";
import { warmupCosineDecay, type WarmupCosineOptions } from "./cosine-decay.ts";

/** Settings of `cosineRestarts`. */
export type CosineRestartsOptions = {
  /** Value at the start of each cycle. */
  readonly init: number;
  /** Value that a cycle falls to; default 0. */
  readonly end?: number;
  /** Steps of the first cycle. */
  readonly period: number;
  /** Each cycle is this many times as long as the one before, a whole number; default 1. */
  readonly factor?: number;
};

/** Part of its cycle that a step has done, from 0 to below 1. */
const partOf = (at: Tensor, period: number, factor: number): Tensor => {
  if (factor === 1) return at.sub(at.div(period).floor().mul(period)).div(period);
  // cycle n starts at period (factor^n - 1) / (factor - 1); the logarithm may be off by one at its ends
  const lengthOf = (n: Tensor): Tensor => n.mul(Math.log(factor)).exp().round();
  const startOf = (n: Tensor): Tensor =>
    lengthOf(n)
      .sub(1)
      .mul(period / (factor - 1));
  const reach = log(at.mul((factor - 1) / period).add(1)).mul(1 / Math.log(factor));
  const guess = maximum(reach.floor(), 0);
  const early = at.less(startOf(guess)).cast("float32");
  const late = at.greaterEqual(startOf(guess.add(1))).cast("float32");
  const n = guess.sub(early).add(late);
  return at.sub(startOf(n)).div(lengthOf(n).mul(period));
};

/**
 * Cosine decay that starts again and again, in cycles that may grow: SGDR, and PyTorch's CosineAnnealingWarmRestarts.
 * Throws ArgumentError for numbers out of range.
 * @see https://arxiv.org/abs/1608.03983
 *
 * ```ts doctest
 * import { cosineRestarts } from "@adjoint/optim";
 * const schedule = cosineRestarts({ init: 1, period: 2, factor: 2 });
 * const values = [0, 1, 2, 4, 6].map(async (step) => Number(await schedule(step).item()).toFixed(3));
 * await Promise.all(values); // => ["1.000", "0.500", "1.000", "0.500", "1.000"]
 * ```
 */
export const cosineRestarts = (config: CosineRestartsOptions): Schedule => {
  const { init, end = 0, period, factor = 1 } = settingsOf("cosineRestarts", config);

  checkNumber("cosineRestarts", "init", init);
  checkNumber("cosineRestarts", "end", end);
  checkNumber("cosineRestarts", "period", period, { min: 1, whole: true });
  checkNumber("cosineRestarts", "factor", factor, { min: 1, whole: true });
  return (step) => {
    const part = partOf(stepOf(step), period, factor);
    return cos(part.mul(Math.PI))
      .add(1)
      .mul((init - end) / 2)
      .add(end);
  };
};

/**
 * Warmup and cosine decay several times, each with its own numbers, as optax's sgdr_schedule; each takes its
 * `decaySteps`, the last one stays at its end. Throws ArgumentError for numbers out of range.
 * @see https://arxiv.org/abs/1608.03983
 */
export const warmupCosineRestarts = (cycles: readonly WarmupCosineOptions[]): Schedule => {
  let start = 0;
  const starts = cycles.map(({ decaySteps }) => (start += decaySteps));
  return joinSchedules(cycles.map(warmupCosineDecay), starts.slice(0, -1));
};
