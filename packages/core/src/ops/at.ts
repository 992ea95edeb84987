import { concatenateP } from "../primitives/concatenate.ts";
import { dynamicUpdateSliceP } from "../primitives/dynamic-slice.ts";
import { flipP } from "../primitives/flip.ts";
import type { ScatterMode } from "../primitives/gather-kernels.ts";
import { gatherP, scatterP } from "../primitives/gather-scatter.ts";
import { padP } from "../primitives/pad.ts";
import { invertPermutation } from "../primitives/transpose.ts";
import { maxP, minP } from "../primitives/binary.ts";
import { dim, type Shape, sizeOf } from "../shape.ts";
import { Tensor, type TensorLike } from "../tensor.ts";
import { advancedShape, type Index, type IndexPlan, planIndex, type Span } from "./index-plan.ts";
import { spreadUpdates, updatesOf } from "./indices.ts";
import { applyOne, applyPlain, asTensor, constantLike } from "./operand.ts";

const isWhole = (span: Span, size: number): boolean =>
  span.count === size && span.step === 1 && !span.flipped;

const flips = (spans: readonly Span[]): readonly number[] =>
  spans.flatMap((s, i) => (s.flipped ? [i] : []));

const flipAxes = (x: Tensor, axes: readonly number[]): Tensor =>
  axes.length === 0 ? x : applyOne(flipP, [x], { axes });

const limitOf = ({ start, step, count }: Span): number =>
  count === 0 ? start : start + (count - 1) * step + 1;

const viewOf = (x: Tensor, { spans, view }: IndexPlan): Tensor => {
  if (spans.every((s, i) => isWhole(s, dim(x.shape, i)))) return x.reshape(view);
  const part = x.slice(
    spans.map((s) => s.start),
    spans.map(limitOf),
    spans.map((s) => s.step),
  );
  return flipAxes(part, flips(spans)).reshape(view);
};

/** `values` of the shape of the view, at their places in an array of `shape`, and `fill` elsewhere. */
const spread = (values: Tensor, fill: number, spans: readonly Span[], shape: Shape): Tensor =>
  applyOne(padP, [values, constantLike(values, fill)], {
    low: spans.map((s) => s.start),
    high: spans.map((s, i) => dim(shape, i) - limitOf(s)),
    interior: spans.map((s) => s.step - 1),
  });

const combine = (mode: ScatterMode, x: Tensor, y: Tensor): Tensor => {
  if (mode === "add") return x.add(y);
  if (mode === "mul") return x.mul(y);
  return mode === "set" ? y : applyPlain(mode === "max" ? maxP : minP, x, y);
};

/** Combines `values` (the shape of the view) into the places of `x` that the view shows. */
const updateView = (x: Tensor, values: Tensor, { spans }: IndexPlan, mode: ScatterMode): Tensor => {
  const counts = spans.map((s) => s.count);
  if (sizeOf(counts) === 0) return x;
  const own = flipAxes(values.reshape(counts), flips(spans));
  if (spans.every((s, i) => isWhole({ ...s, flipped: false }, dim(x.shape, i))))
    return combine(mode, x, own);
  if (mode === "add") return x.add(spread(own, 0, spans, x.shape));
  if (mode === "mul") return x.mul(spread(own, 1, spans, x.shape));
  if (mode === "set" && spans.every((s) => s.step === 1))
    return applyOne(
      dynamicUpdateSliceP,
      [x, own, ...spans.map((s) => Tensor.literal(s.start, "int32"))],
      {},
    );
  const mask = spread(Tensor.literal(1, "bool").broadcastTo(counts), 0, spans, x.shape);
  return mask.where(combine(mode, x, spread(own, 0, spans, x.shape)), x);
};

/** How the second step maps onto gather and scatter: the axes with integer indices first. */
type Layout = {
  readonly perm: readonly number[];
  /** (O..., k) */
  readonly indices: Tensor;
  /** From (O..., rest...) to the order of the result. */
  readonly order: readonly number[];
};

const layoutOf = (plan: IndexPlan): Layout => {
  const shape = advancedShape("get", plan);
  const axes = plan.advanced.map((a) => a.axis);
  const rest = plan.view.flatMap((_, i) => (axes.includes(i) ? [] : [i]));
  const columns = plan.advanced.map((a) => a.indices.broadcastTo(shape).reshape([...shape, 1]));
  const [first] = columns;
  const indices =
    columns.length === 1 && first !== undefined
      ? first
      : applyOne(concatenateP, columns, { axis: shape.length });
  const others = rest.map((_, i) => shape.length + i);
  // axes of the view that stay, and come before the first integer index
  const before = plan.place === 0 ? 0 : rest.filter((axis) => axis < (axes[0] ?? 0)).length;
  const order = [...others.slice(0, before), ...shape.map((_, i) => i), ...others.slice(before)];
  return { perm: [...axes, ...rest], indices, order };
};

const getWith = (x: Tensor, plan: IndexPlan): Tensor => {
  const view = viewOf(x, plan);
  if (plan.advanced.length === 0) return view;
  const { perm, indices, order } = layoutOf(plan);
  return applyOne(gatherP, [view.transpose(perm), indices], { batchDims: 0 }).transpose(order);
};

const updateWith = (
  x: Tensor,
  index: readonly Index[],
  updates: TensorLike,
  mode: ScatterMode,
): Tensor => {
  const plan = planIndex("at", index, x.shape);
  const values = updatesOf("at", x, updates);
  if (plan.advanced.length === 0)
    return updateView(x, spreadUpdates("at", values, plan.view), plan, mode);
  const { perm, indices, order } = layoutOf(plan);
  const operand = viewOf(x, plan).transpose(perm);
  const table = [...indices.shape.slice(0, -1), ...operand.shape.slice(plan.advanced.length)];
  const places = order.map((i) => dim(table, i));
  const placed = spreadUpdates("at", values, places).transpose(invertPermutation(order));
  const updated = applyOne(scatterP, [operand, indices, placed], { batchDims: 0, mode });
  return updateView(x, updated.transpose(invertPermutation(perm)), plan, "set");
};

/**
 * The part of `x` that an index expression names, with NumPy's rules: see `Index`. Integer indices broadcast together;
 * their axes take the place of the indexed ones, or come first when a range stands between them. Numbers must be in
 * range; integer tensors and arrays are clamped. A bool mask must hold data (TracerError under trace).
 * Throws ShapeError for too many indices or a mask that does not fit, ArgumentError for a number out of range.
 *
 * ```ts doctest
 * import { get, tensor } from "@adjoint/core";
 * const x = tensor([[1, 2, 3], [4, 5, 6]]);
 * await get(x, 1).toArray(); // => [4, 5, 6]
 * await get(x, "...", { start: 2, step: -1 }).toArray(); // => [[3, 2, 1], [6, 5, 4]]
 * await get(x, [0, 1], [2, 0]).toArray(); // => [3, 4]
 * await get(x, x.greater(3)).toArray(); // => [4, 5, 6]
 * get(x, null, ":", 0).shape; // => [1, 2]
 * ```
 * @see https://numpy.org/doc/stable/user/basics.indexing.html
 */
export const get = (x: TensorLike, ...index: readonly Index[]): Tensor => {
  const operand = asTensor(x);
  return getWith(operand, planIndex("get", index, operand.shape));
};

/** Functional updates of a part of a tensor: each gives a new tensor; the values broadcast. */
export type Place = {
  /** The part itself, as `get`. */
  readonly get: () => Tensor;
  /** Replaces it; of several values for one place the last wins. */
  readonly set: (values: TensorLike) => Tensor;
  /** Adds to it. */
  readonly add: (values: TensorLike) => Tensor;
  /** Multiplies it. */
  readonly mul: (values: TensorLike) => Tensor;
  /** Keeps the larger. */
  readonly max: (values: TensorLike) => Tensor;
  /** Keeps the smaller. */
  readonly min: (values: TensorLike) => Tensor;
};

/**
 * A place in `x`, indexed as in `get`, to make updated copies of `x` (as JAX's `x.at[i].set(y)`).
 * Values for indices out of range are dropped.
 *
 * ```ts doctest
 * import { at, zeros } from "@adjoint/core";
 * await at(zeros([3]), 1).set(5).toArray(); // => [0, 5, 0]
 * await at(zeros([3]), [0, 0, -1]).add(1).toArray(); // => [2, 0, 1]
 * ```
 */
export const at = (x: TensorLike, ...index: readonly Index[]): Place => {
  const operand = asTensor(x);
  const update = (mode: ScatterMode) => (values: TensorLike) =>
    updateWith(operand, index, values, mode);
  return {
    get: () => get(operand, ...index),
    set: update("set"),
    add: update("add"),
    mul: update("mul"),
    max: update("max"),
    min: update("min"),
  };
};
