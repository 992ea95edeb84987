import { ArgumentError } from "@adjoint/core";
import { type Schedule, stepOf } from "./schedule.ts";

/**
 * Several schedules one after the other: the next takes over at each boundary and counts its steps from there.
 * Throws ArgumentError unless there is one boundary, in ascending order, between each two schedules.
 *
 * ```ts doctest
 * import { constantSchedule, joinSchedules, linearSchedule } from "@adjoint/optim";
 * const schedule = joinSchedules([constantSchedule(1), linearSchedule({ init: 1, end: 0, steps: 2 })], [10]);
 * [await schedule(9).item(), await schedule(10).item(), await schedule(11).item()]; // => [1, 1, 0.5]
 * ```
 */
export const joinSchedules = (
  schedules: readonly Schedule[],
  boundaries: readonly number[],
): Schedule => {
  const [first, ...rest] = schedules;
  const ascending = boundaries.every(
    (b, i) => Number.isInteger(b) && b >= (boundaries[i - 1] ?? 0),
  );
  if (first === undefined || rest.length !== boundaries.length || !ascending)
    throw new ArgumentError({
      operation: "joinSchedules",
      rule: "takes schedules and, ascending, the step at which each after the first begins",
      got: `${schedules.length} schedules and [${boundaries.join()}]`,
    });
  return (step) => {
    const at = stepOf(step);
    return rest.reduce((value, schedule, i) => {
      const start = boundaries[i] ?? 0;
      return at.less(start).where(value, schedule(at.sub(start)));
    }, first(at));
  };
};
