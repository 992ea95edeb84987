import { cos } from "@adjoint/core";
import { checkNumber, settingsOf } from "../internal/check.ts";
import { joinSchedules } from "./join-schedules.ts";
import { checkPath, type DecayPath, linearSchedule, progress } from "./linear-schedule.ts";
import { type Schedule, stepOf } from "./schedule.ts";

/**
 * From `init` to `end` along half a cosine wave, then `end`. Throws ArgumentError for numbers out of range.
 * @see https://arxiv.org/abs/1608.03983
 *
 * ```ts doctest
 * import { cosineDecay } from "@adjoint/optim";
 * const schedule = cosineDecay({ init: 1, end: 0, steps: 10 });
 * [await schedule(0).item(), Number(await schedule(5).item()).toFixed(3), await schedule(10).item()]; // => [1, "0.500", 0]
 * ```
 */
export const cosineDecay = (path: DecayPath): Schedule => {
  checkPath("cosineDecay", path);
  const { init, end, steps } = path;
  return (step) => {
    const height = cos(progress(step, steps).mul(Math.PI)).add(1).mul(0.5);
    return height.mul(init - end).add(end);
  };
};

/** Settings of `warmupCosineDecay`. */
export type WarmupCosineOptions = {
  /** Value after the warmup. */
  readonly peak: number;
  /** Value at `decaySteps` and later; default 0. */
  readonly end?: number;
  /** Steps of linear warmup. */
  readonly warmupSteps: number;
  /** Step at which `end` is reached, the warmup included. */
  readonly decaySteps: number;
  /**
   * How the warmup begins: "optax" (default, also that of Hugging Face) climbs from `init` at step 0, which then
   * trains nothing when `init` is 0; "nanoGpt" has peak (step + 1) / (warmupSteps + 1), so that step 0 counts.
   */
  readonly rule?: "optax" | "nanoGpt";
  /** First value under the rule "optax"; default 0. */
  readonly init?: number;
};

const warmup = ({ rule = "optax", init = 0, peak, warmupSteps }: WarmupCosineOptions): Schedule =>
  rule === "nanoGpt"
    ? (step) =>
        stepOf(step)
          .add(1)
          .mul(peak / (warmupSteps + 1))
    : linearSchedule({ init, end: peak, steps: warmupSteps });

/**
 * Linear warmup to `peak`, then cosine decay to `end`. Throws ArgumentError for numbers out of range.
 *
 * ```ts doctest
 * import { warmupCosineDecay } from "@adjoint/optim";
 * const options = { peak: 1, end: 0.5, warmupSteps: 3, decaySteps: 10 };
 * const [optax, nanoGpt] = [warmupCosineDecay(options), warmupCosineDecay({ ...options, rule: "nanoGpt" })];
 * [await optax(0).item(), await nanoGpt(0).item()]; // => [0, 0.25]
 * [await optax(3).item(), await nanoGpt(3).item(), await nanoGpt(10).item()]; // => [1, 1, 0.5]
 * ```
 */
export const warmupCosineDecay = (options: WarmupCosineOptions): Schedule => {
  const { peak, end = 0, warmupSteps, decaySteps } = settingsOf("warmupCosineDecay", options);
  checkNumber("warmupCosineDecay", "warmupSteps", warmupSteps, { min: 0, whole: true });
  checkNumber("warmupCosineDecay", "decaySteps", decaySteps, { min: warmupSteps + 1, whole: true });
  const decay = cosineDecay({ init: peak, end, steps: decaySteps - warmupSteps });
  return warmupSteps === 0 ? decay : joinSchedules([warmup(options), decay], [warmupSteps]);
};
