import { clip, type Tensor, type TensorLike } from "@adjoint/core";
import { checkNumber, settingsOf } from "../internal/check.ts";
import { type Schedule, stepOf } from "./schedule.ts";

/** A way from one number to another. */
export type DecayPath = {
  /** Value at step 0. */
  readonly init: number;
  /** Value at `steps` and later. */
  readonly end: number;
  /** Number of steps it takes, at least 1. */
  readonly steps: number;
};

/** Throws ArgumentError for a path that is not one. */
export const checkPath = (operation: string, path: DecayPath): void => {
  const { init, end, steps } = settingsOf(operation, path);
  checkNumber(operation, "init", init);
  checkNumber(operation, "end", end);
  checkNumber(operation, "steps", steps, { min: 1, whole: true });
};

/** Part of the way that is done: from 0 to 1. */
export const progress = (step: TensorLike, steps: number): Tensor =>
  clip(stepOf(step).div(steps), 0, 1);

/** What lies `part` of the way between two numbers: exact at both ends, also where one is far smaller. */
export const mixed = (from: number, to: number, part: Tensor): Tensor =>
  part.neg().add(1).mul(from).add(part.mul(to));

/**
 * From `init` to `end` in equal steps, then `end`. Throws ArgumentError for numbers out of range.
 *
 * ```ts doctest
 * import { linearSchedule } from "@adjoint/optim";
 * const schedule = linearSchedule({ init: 1, end: 0, steps: 4 });
 * [await schedule(0).item(), await schedule(1).item(), await schedule(9).item()]; // => [1, 0.75, 0]
 * ```
 */
export const linearSchedule = (path: DecayPath): Schedule => {
  checkPath("linearSchedule", path);
  const { init, end, steps } = path;
  return (step) => mixed(init, end, progress(step, steps));
};
