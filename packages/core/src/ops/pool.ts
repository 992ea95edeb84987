import { ShapeError } from "../errors.ts";
import { dilated, type PadPair } from "../primitives/conv-shape.ts";
import { isFloat } from "../dtype.ts";
import { orP } from "../primitives/binary.ts";
import { padP } from "../primitives/pad.ts";
import { dim, formatShape, sizeOf } from "../shape.ts";
import type { Tensor, TensorLike } from "../tensor.ts";
import { applyOne, applyPlain, asTensor, constantLike, floatOf } from "./operand.ts";
import { sliceAxis, split } from "./join.ts";
import { padPairs, type Padding, perAxis, type PerAxis, type Window } from "./spatial.ts";

/** Settings of `maxPool`. */
export type PoolOptions = {
  /** Step of the window; its size when absent. */
  readonly stride?: PerAxis;
  readonly padding?: Padding;
  /** Distance between the elements of the window. */
  readonly dilation?: PerAxis;
};

/** Settings of `avgPool`. */
export type AvgPoolOptions = PoolOptions & {
  /** Whether padding counts in the divisor (default true, as in PyTorch). */
  readonly countIncludePad?: boolean;
};

type Plan = Window & { readonly padding: readonly PadPair[]; readonly lead: readonly number[] };

/** A window given as a list acts on that many trailing axes; a number acts on all but the first two. */
const planOf = (operation: string, x: Tensor, window: PerAxis, options: PoolOptions): Plan => {
  const rank = typeof window === "number" ? x.rank - 2 : window.length;
  if (rank < 1 || rank > x.rank)
    throw new ShapeError({
      operation,
      rule: "needs as many trailing axes as the window has, or x (N, C, ...spatial) for a window given as a number",
      got: `x ${formatShape(x.shape)}, window ${JSON.stringify(window)}`,
    });
  const windows = perAxis(operation, "window", window, rank, 1);
  const sizes = x.shape.slice(x.rank - rank);
  const strides = perAxis(operation, "stride", options.stride ?? windows, rank, 1);
  const dilations = perAxis(operation, "dilation", options.dilation ?? 1, rank, 1);
  const plan = { sizes, windows, strides, dilations };
  return {
    ...plan,
    padding: padPairs(operation, options.padding ?? "valid", plan),
    lead: x.shape.slice(0, x.rank - rank),
  };
};

/** Number of windows along each axis. Throws where none fits. */
const countsOf = (operation: string, x: Tensor, plan: Plan): readonly number[] => {
  const counts = plan.sizes.map((size, i) => {
    const [low, high] = plan.padding[i] ?? [0, 0];
    const room = size + low + high - dilated(dim(plan.windows, i), dim(plan.dilations, i));
    return Math.floor(room / dim(plan.strides, i)) + 1;
  });
  if (counts.every((n) => n > 0)) return counts;
  throw new ShapeError({
    operation,
    rule: "the window must fit in the padded input",
    got: `window [${plan.windows.join(",")}] for ${formatShape(x.shape)}`,
  });
};

/** One axis of a plan; a single window takes no steps. */
type Axis = {
  readonly at: number;
  readonly count: number;
  readonly window: number;
  readonly stride: number;
  readonly dilation: number;
};

const axesOf = (operation: string, x: Tensor, plan: Plan): readonly Axis[] =>
  countsOf(operation, x, plan).map((count, i) => ({
    at: plan.lead.length + i,
    count,
    window: dim(plan.windows, i),
    stride: count === 1 ? 1 : dim(plan.strides, i),
    dilation: dim(plan.dilations, i),
  }));

/** `x` with `value` around it, and as long as all windows reach, in whole steps. */
const surround = (x: Tensor, value: number, plan: Plan, axes: readonly Axis[]): Tensor => {
  const padding = axes.map(({ count, window, stride, dilation }, i): PadPair => {
    const [low] = plan.padding[i] ?? [0, 0];
    const reach = (count - 1) * stride + dilated(window, dilation);
    return [low, Math.ceil(reach / stride) * stride - low - dim(plan.sizes, i)];
  });
  if (padding.every(([low, high]) => low === 0 && high === 0)) return x;
  const none = plan.lead.map(() => 0);
  return applyOne(padP, [x, constantLike(x, value)], {
    low: [...none, ...padding.map(([low]) => low)],
    high: [...none, ...padding.map(([, high]) => high)],
    interior: x.shape.map(() => 0),
  });
};

/** Every `stride`-th element along an axis, from each of the first `stride` on. */
const phasesOf = (x: Tensor, { at, stride }: Axis): readonly Tensor[] => {
  if (stride === 1) return [x];
  const [before, behind] = [x.shape.slice(0, at), x.shape.slice(at + 1)];
  const rows = x.reshape([...before, dim(x.shape, at) / stride, stride, ...behind]);
  return split(rows, stride, at + 1).map((phase) => phase.squeeze(at + 1));
};

/**
 * For each place in the window along one axis, the elements that it meets. Taken from phases, whose gradients are joined where
 * those of strided slices would be spread out and added.
 */
const viewsOf = (x: Tensor, axis: Axis): readonly Tensor[] => {
  const phases = phasesOf(x, axis);
  return Array.from({ length: axis.window }, (_, k) => {
    const start = k * axis.dilation;
    const first = Math.floor(start / axis.stride);
    return sliceAxis(phases[start % axis.stride] ?? x, axis.at, first, first + axis.count);
  });
};

/**
 * Windows of `x` taken together by `join`, one axis after the other from the last on: two times three views for a window of
 * three by three, where all places at once would be nine. `join` meets the places in row-major order; `value` is around `x`.
 */
const overWindows = (
  operation: string,
  x: Tensor,
  value: number,
  plan: Plan,
  join: (a: Tensor, b: Tensor) => Tensor,
): Tensor => {
  const axes = axesOf(operation, x, plan);
  return axes.reduceRight(
    (y, axis) => viewsOf(y, axis).reduce(join),
    surround(x, value, plan, axes),
  );
};

/** The later operand where it is larger or NaN, so that the first of equals keeps the gradient. */
const later = (best: Tensor, next: Tensor): Tensor =>
  applyPlain(orP, next.greater(best), next.notEqual(next)).where(next, best);

/**
 * Largest element of each window; padding never wins, and the gradient goes to the first maximum in row-major order.
 * `window` is a number for all axes behind (N, C), or one size for each of the last axes. Throws ShapeError when the
 * window does not fit.
 *
 * ```ts doctest
 * import { maxPool, tensor } from "@adjoint/core";
 * await maxPool(tensor([[[1, 3, 2, 5]]]), 2).toArray(); // => [[[3, 5]]]
 * await maxPool(tensor([1, 3, 2, 5]), [3], { stride: 1, padding: "same" }).toArray(); // => [3, 3, 5, 5]
 * ```
 */
export const maxPool = (x: TensorLike, window: PerAxis, options: PoolOptions = {}): Tensor => {
  const t = asTensor(x);
  const plan = planOf("maxPool", t, window, options);
  const lowest = isFloat(t.dtype) ? Number.NEGATIVE_INFINITY : t.dtype === "int32" ? -(2 ** 31) : 0;
  return overWindows("maxPool", t, lowest, plan, later);
};

/**
 * Mean of each window; arguments as for `maxPool`. With `countIncludePad: false` the divisor is the number of real
 * elements in the window.
 *
 * ```ts doctest
 * import { avgPool, tensor } from "@adjoint/core";
 * await avgPool(tensor([[[1, 3, 2, 5]]]), 2).toArray(); // => [[[2, 3.5]]]
 * ```
 */
export const avgPool = (x: TensorLike, window: PerAxis, options: AvgPoolOptions = {}): Tensor => {
  const t = floatOf(x);
  const plan = planOf("avgPool", t, window, options);
  const sumOf = (values: Tensor, p: Plan): Tensor =>
    overWindows("avgPool", values, 0, p, (a, b) => a.add(b));
  const total = sumOf(t, plan);
  if (options.countIncludePad ?? true) return total.div(sizeOf(plan.windows));
  return total.div(sumOf(constantLike(t, 1).broadcastTo(plan.sizes), { ...plan, lead: [] }));
};
