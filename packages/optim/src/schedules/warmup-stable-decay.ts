import { cos, type Tensor } from "@adjoint/core";
import { checkName, checkNumber, settingsOf } from "../internal/check.ts";
import { progress } from "./linear-schedule.ts";
import { type Schedule, stepOf } from "./schedule.ts";

/** Settings of `warmupStableDecay`. */
export type WarmupStableDecayOptions = {
  /** Value between warmup and decay. */
  readonly peak: number;
  /** Value at the end and after it; default 0. */
  readonly end?: number;
  /** Steps of linear warmup. */
  readonly warmupSteps: number;
  /** Steps at the peak. */
  readonly stableSteps: number;
  /** Steps of the decay, at least 1. */
  readonly decaySteps: number;
  /** How it decays: in equal steps (default), along half a cosine wave, or as 1 - sqrt(part), fast at first. */
  readonly decay?: "linear" | "cosine" | "oneMinusSqrt";
  /** First value under the rule "optax"; default 0 (Hugging Face's get_wsd_schedule: `end`). */
  readonly init?: number;
  /**
   * How the warmup begins: "optax" (default, also that of Hugging Face) at `init`, "nanoGpt" at peak / (warmupSteps + 1), and
   * "nanochat" at peak / warmupSteps, so that step 0 counts.
   */
  readonly rule?: "optax" | "nanoGpt" | "nanochat";
};

const shapes: Readonly<
  Record<NonNullable<WarmupStableDecayOptions["decay"]>, (part: Tensor) => Tensor>
> = {
  linear: (part) => part.neg().add(1),
  cosine: (part) => cos(part.mul(Math.PI)).add(1).mul(0.5),
  oneMinusSqrt: (part) => part.sqrt().neg().add(1),
};

const climbs: Readonly<
  Record<NonNullable<WarmupStableDecayOptions["rule"]>, readonly [ahead: number, longer: number]>
> = { optax: [0, 0], nanoGpt: [1, 1], nanochat: [1, 0] };

/**
 * Linear warmup, a plateau, then a decay (WSD, "trapezoid"): training may go on from the plateau of an earlier run. Throws
 * ArgumentError for numbers out of range.
 * @see https://arxiv.org/abs/2404.06395
 * @see https://arxiv.org/abs/2405.18392 (1 - sqrt)
 *
 * ```ts doctest
 * import { warmupStableDecay } from "@adjoint/optim";
 * const schedule = warmupStableDecay({ peak: 1, warmupSteps: 4, stableSteps: 10, decaySteps: 2 });
 * const values = [0, 1, 4, 14, 15, 16].map((step) => schedule(step).item());
 * await Promise.all(values); // => [0, 0.25, 1, 1, 0.5, 0]
 * ```
 */
export const warmupStableDecay = (config: WarmupStableDecayOptions): Schedule => {
  const {
    peak,
    end = 0,
    warmupSteps,
    stableSteps,
    decaySteps,
    decay = "linear",
    rule = "optax",
    init = 0,
  } = settingsOf("warmupStableDecay", config);

  const name = "warmupStableDecay";
  checkNumber(name, "peak", peak);
  checkNumber(name, "end", end);
  checkNumber(name, "init", init);
  checkNumber(name, "warmupSteps", warmupSteps, { min: 0, whole: true });
  checkNumber(name, "stableSteps", stableSteps, { min: 0, whole: true });
  checkNumber(name, "decaySteps", decaySteps, { min: 1, whole: true });
  checkName(name, "decay", decay, Object.keys(shapes));
  checkName(name, "rule", rule, Object.keys(climbs));
  const [ahead, longer] = climbs[rule];
  const from = rule === "optax" ? init : 0;
  return (step) => {
    const at = stepOf(step);
    const fallen = progress(at.sub(warmupSteps + stableSteps), decaySteps);
    const fall = shapes[decay](fallen)
      .mul(peak - end)
      .add(end);
    if (warmupSteps === 0) return fall;
    const part = at.add(ahead).div(warmupSteps + longer);
    const climb = part.mul(peak - from).add(from);
    return at.less(warmupSteps).where(climb, fall);
  };
};
