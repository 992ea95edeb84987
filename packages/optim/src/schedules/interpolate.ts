import { ArgumentError, cos, type Tensor } from "@adjoint/core";
import { checkNumber } from "../internal/check.ts";
import { mixed } from "./linear-schedule.ts";
import { type Schedule, stepOf } from "./schedule.ts";

/** A value that a schedule has at a step. */
export type SchedulePoint = readonly [step: number, value: number];

/** How a schedule goes from one point to the next: in equal steps, or along half a cosine wave. */
export type Interpolation = "linear" | "cosine";

/** Between two points, for the step since the first of them. */
const between = (kind: Interpolation, from: number, to: number, part: Tensor): Tensor =>
  kind === "linear"
    ? mixed(from, to, part)
    : cos(part.mul(Math.PI))
        .add(1)
        .mul((from - to) / 2)
        .add(to);

/** Throws ArgumentError unless steps ascend and everything is finite. */
export const checkPoints = (operation: string, points: readonly SchedulePoint[]): void => {
  for (const [step, value] of points) {
    checkNumber(operation, "step", step);
    checkNumber(operation, "value", value);
  }
  const ascending = points.every(([step], i) => step >= (points[i - 1]?.[0] ?? step));
  if (ascending) return;
  throw new ArgumentError({
    operation,
    rule: "steps must ascend",
    got: `[${points.map(([step]) => step).join()}]`,
  });
};

/** Through all points: the first value before the first of them, the last from the last on. */
export const through = (kind: Interpolation, points: readonly SchedulePoint[]): Schedule => {
  const last = points.at(-1)?.[1] ?? 0;
  const pieces = points
    .slice(1)
    .map(([to, value], i) => {
      const [from, before] = points[i] ?? [0, 0];
      return { from, to, value, before };
    })
    .filter(({ from, to }) => to > from);
  return (step) => {
    const at = stepOf(step);
    return pieces.reduceRight((later, { from, to, before, value }) => {
      const part = at.sub(from).div(to - from);
      return at.less(to).where(between(kind, before, value, part), later);
    }, at.mul(0).add(last));
  };
};
