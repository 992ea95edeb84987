import { ArgumentError } from "../errors.ts";
import type { Axis } from "../methods.ts";
import { dim, normalizeAxis, type Shape } from "../shape.ts";
import type { Tensor, TensorLike } from "../tensor.ts";
import { flip } from "./axes.ts";
import { concatenate, sliceAxis } from "./join.ts";
import { asTensor } from "./operand.ts";

/** Consecutive source indices: `count` of them from `start` in steps of 1, 0 or -1. */
type Run = { readonly start: number; readonly step: number; readonly count: number };

const runsOf = (indices: readonly number[]): readonly Run[] => {
  const runs: Run[] = [];
  for (const index of indices) {
    const last = runs.at(-1);
    const step = last === undefined ? 2 : last.count === 1 ? index - last.start : last.step;
    const follows =
      last !== undefined && Math.abs(step) <= 1 && index === last.start + last.count * step;
    if (follows) runs[runs.length - 1] = { start: last.start, step, count: last.count + 1 };
    else runs.push({ start: index, step: 1, count: 1 });
  }
  return runs;
};

const piece = (x: Tensor, axis: number, { start, step, count }: Run): Tensor => {
  if (step === 0)
    return sliceAxis(x, axis, start, start + 1).broadcastTo(
      x.shape.map((d, i) => (i === axis ? count : d)),
    );
  if (step === 1 || count === 1) return sliceAxis(x, axis, start, start + count);
  return flip(sliceAxis(x, axis, start - count + 1, start + 1), axis);
};

/** `x` with the elements along `axis` at known indices: slices, flips and repeats joined, with no gather. */
export const takeStatic = (x: Tensor, axis: number, indices: readonly number[]): Tensor =>
  indices.length === 0
    ? sliceAxis(x, axis, 0, 0)
    : concatenate(
        runsOf(indices).map((run) => piece(x, axis, run)),
        axis,
      );

const modulo = (a: number, n: number): number => ((a % n) + n) % n;

const rollAxis = (x: Tensor, shift: number, axis: number): Tensor => {
  const n = dim(x.shape, axis);
  return n === 0 || modulo(shift, n) === 0
    ? x
    : takeStatic(
        x,
        axis,
        Array.from({ length: n }, (_, i) => modulo(i - shift, n)),
      );
};

/**
 * Moves elements along `axis` by `shift` places, those that fall off coming in at the other end.
 * Without `axis` the tensor is rolled as if it were flat.
 *
 * ```ts doctest
 * import { arange, roll } from "@adjoint/core";
 * await roll(arange(4), 1).toArray(); // => [3, 0, 1, 2]
 * ```
 */
export const roll = (x: TensorLike, shift: Axis, axis?: Axis): Tensor => {
  const t = asTensor(x);
  const shifts = typeof shift === "number" ? [shift] : shift;
  if (axis === undefined)
    return rollAxis(
      t.flatten(),
      shifts.reduce((a, b) => a + b, 0),
      0,
    ).reshape(t.shape);
  const axes = typeof axis === "number" ? [axis] : axis;
  const count = Math.max(shifts.length, axes.length);
  if ([shifts, axes].some((list) => list.length !== 1 && list.length !== count))
    throw new ArgumentError({
      operation: "roll",
      rule: "needs one shift for all axes, or one for each",
      got: `${shifts.length} shifts for ${axes.length} axes`,
    });
  return Array.from({ length: count }).reduce<Tensor>((result, _, i) => {
    const place = normalizeAxis("roll", axes[axes.length === 1 ? 0 : i] ?? 0, t.rank);
    return rollAxis(result, shifts[shifts.length === 1 ? 0 : i] ?? 0, place);
  }, t);
};

const checkCounts = (operation: string, counts: readonly number[]): void => {
  if (counts.every((n) => Number.isInteger(n) && n >= 0)) return;
  throw new ArgumentError({
    operation,
    rule: "counts must be whole numbers of 0 or more",
    got: `[${counts.join(",")}]`,
  });
};

/**
 * Repeats the whole tensor `reps` times along each axis; missing leading entries and axes count as 1.
 *
 * ```ts doctest
 * import { tensor, tile } from "@adjoint/core";
 * await tile(tensor([1, 2]), 2).toArray(); // => [1, 2, 1, 2]
 * await tile(tensor([1, 2]), [2, 1]).toArray(); // => [[1, 2], [1, 2]]
 * ```
 */
export const tile = (x: TensorLike, reps: number | readonly number[]): Tensor => {
  const t = asTensor(x);
  const list = typeof reps === "number" ? [reps] : reps;
  checkCounts("tile", list);
  const rank = Math.max(t.rank, list.length);
  const fill = (from: readonly number[]): Shape => [
    ...new Array<number>(rank - from.length).fill(1),
    ...from,
  ];
  const [shape, counts] = [fill(t.shape), fill(list)];
  const split = shape.flatMap((d) => [1, d]); // (1, d0, 1, d1, ...)
  const wide = shape.flatMap((d, i) => [counts[i] ?? 1, d]); // (r0, d0, r1, d1, ...)
  return t
    .reshape(split)
    .broadcastTo(wide)
    .reshape(shape.map((d, i) => d * (counts[i] ?? 1)));
};

/**
 * Repeats each element along `axis`: all of them equally often, or by one count each.
 * Without `axis` the tensor is flattened first.
 *
 * ```ts doctest
 * import { repeat, tensor } from "@adjoint/core";
 * await repeat(tensor([1, 2]), 2).toArray(); // => [1, 1, 2, 2]
 * await repeat(tensor([1, 2]), [0, 3], 0).toArray(); // => [2, 2, 2]
 * ```
 */
export const repeat = (
  x: TensorLike,
  repeats: number | readonly number[],
  axis?: number,
): Tensor => {
  const t = axis === undefined ? asTensor(x).flatten() : asTensor(x);
  const place = normalizeAxis("repeat", axis ?? 0, t.rank);
  const n = dim(t.shape, place);
  const counts = typeof repeats === "number" ? [repeats] : repeats;
  checkCounts("repeat", counts);
  if (typeof repeats === "number") return repeatEvenly(t, repeats, place);
  if (counts.length !== n)
    throw new ArgumentError({
      operation: "repeat",
      rule: "needs one count per element",
      got: `${counts.length} for ${n}`,
    });
  return takeStatic(
    t,
    place,
    counts.flatMap((count, i) => new Array<number>(count).fill(i)),
  );
};

const repeatEvenly = (t: Tensor, count: number, axis: number): Tensor => {
  const behind = axis + 1;
  const [before, after] = [t.shape.slice(0, behind), t.shape.slice(behind)];
  const wide = t.reshape([...before, 1, ...after]).broadcastTo([...before, count, ...after]);
  return wide.reshape(t.shape.map((d, i) => (i === axis ? d * count : d)));
};
