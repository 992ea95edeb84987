import { checkName, checkNumber, settingsOf } from "../internal/check.ts";
import { type Interpolation, type SchedulePoint, through } from "./interpolate.ts";
import type { Schedule } from "./schedule.ts";

/** Settings of `oneCycle`. */
export type OneCycleOptions = {
  /** The largest value. */
  readonly peak: number;
  /** Steps in all. */
  readonly steps: number;
  /** How it goes between its corners; default "cosine". */
  readonly kind?: Interpolation;
  /** Part of the steps after which the peak is reached; default 0.3. */
  readonly peakAt?: number;
  /** The first value is the peak over this; default 25. */
  readonly divFactor?: number;
  /** The last value is the first over this; default 1e4. */
  readonly finalDivFactor?: number;
  /**
   * Where the corners lie: "optax" (default) at whole steps, the last one at `steps`; "pytorch" one step earlier, so that
   * the last of `steps` steps has the last value.
   */
  readonly rule?: "optax" | "pytorch";
  /**
   * With a third phase: back to the first value, at this part of the steps (optax's linear schedule: 0.85; PyTorch's
   * three_phase: twice `peakAt`), and from there to the last. Default two phases.
   */
  readonly returnAt?: number;
};

const corners = (options: OneCycleOptions): readonly SchedulePoint[] => {
  const { peak, steps, peakAt = 0.3, divFactor = 25, finalDivFactor = 1e4 } = options;
  const { rule = "optax", returnAt } = options;
  const first = peak / divFactor;
  // PyTorch numbers the ends of its phases from 1: the second is 2 steps early
  const at = (part: number, early: number): number =>
    rule === "optax" ? Math.trunc(part * steps) : part * steps - early;
  return [
    [0, first],
    [at(peakAt, 1), peak],
    ...(returnAt === undefined ? [] : [[at(returnAt, 2), first] as const]),
    [rule === "optax" ? steps : steps - 1, first / finalDivFactor],
  ];
};

/**
 * One climb to a peak and one descent to almost nothing. Throws ArgumentError for numbers out of range.
 * @see https://arxiv.org/abs/1708.07120
 *
 * ```ts doctest
 * import { oneCycle } from "@adjoint/optim";
 * const schedule = oneCycle({ peak: 1, steps: 100, divFactor: 4 });
 * [await schedule(0).item(), await schedule(30).item(), Number(await schedule(100).item()).toFixed(6)]; // => [0.25, 1, "0.000025"]
 * ```
 */
export const oneCycle = (options: OneCycleOptions): Schedule => {
  const {
    peak,
    steps,
    kind = "cosine",
    peakAt = 0.3,
    divFactor = 25,
    finalDivFactor = 1e4,
  } = settingsOf("oneCycle", options);
  const { rule = "optax", returnAt = 1 } = options;
  const name = "oneCycle";
  checkName(name, "kind", kind, ["linear", "cosine"]);
  checkName(name, "rule", rule, ["optax", "pytorch"]);
  checkNumber(name, "peak", peak);
  checkNumber(name, "steps", steps, { min: 2, whole: true });
  checkNumber(name, "peakAt", peakAt, { min: 0, below: 1 });
  checkNumber(name, "returnAt", returnAt, { min: peakAt });
  checkNumber(name, "divFactor", divFactor, { min: Number.MIN_VALUE });
  checkNumber(name, "finalDivFactor", finalDivFactor, { min: Number.MIN_VALUE });
  return through(kind, corners(options));
};
