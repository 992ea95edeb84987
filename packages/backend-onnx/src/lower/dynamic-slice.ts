import { dim, type Shape, sizeOf } from "@adjoint/core/backend";
import { intAttribute } from "../proto/attributes.ts";
import { binary, cast, concat, like, reshape } from "./emit.ts";
import type { GraphBuilder } from "./graph-builder.ts";
import { type Lowering, operand } from "./lowering.ts";
import { numbersParam } from "@adjoint/core/passes";
import type { Value } from "./value.ts";

type G = GraphBuilder;

/** Starts as a list, clamped so that the window fits. */
const windowStarts = (g: G, starts: readonly Value[], shape: Shape, sizes: Shape): Value => {
  const list = concat(
    g,
    starts.map((s) => reshape(g, s, [1])),
    0,
  );
  const room = g.constant(
    "int32",
    shape.map((d, i) => d - dim(sizes, i)),
    [shape.length],
  );
  return binary(g, "Min", binary(g, "Max", list, like(g, 0, list)), room);
};

/** A window at a run-time place, moved so that it fits. */
export const dynamicSlice: Lowering = ({ g }, operands, params) => {
  const x = operand(operands, 0);
  const sizes = numbersParam(params, "sizes");
  const moving = x.shape.flatMap((d, i) => (d === dim(sizes, i) ? [] : [i]));
  if (moving.length === 0) return [x];
  const pick = (shape: Shape): Shape => moving.map((i) => dim(shape, i));
  const chosen = moving.map((i) => operand(operands, i + 1));
  const starts = windowStarts(g, chosen, pick(x.shape), pick(sizes));
  const ends = binary(g, "Add", starts, g.constant("int32", pick(sizes), [moving.length]));
  const axes = g.constant("int32", moving, [moving.length]);
  return [g.node("Slice", [x, starts, ends, axes], { type: x.type, shape: sizes })];
};

/** `x` along `axis` from `from` to `to`, places known at run time only (int32 lists of one). */
const dynamicPart = (g: G, x: Value, axis: number, from: Value, to: Value, size: number): Value => {
  const shape = x.shape.map((d, i) => (i === axis ? size : d));
  return g.node("Slice", [x, from, to, g.constant("int32", [axis], [1])], { type: x.type, shape });
};

/** Replaces the window axis by axis: what lies before it, the (inner) window, what lies behind it. */
const replaceWindow = (
  g: G,
  x: Value,
  update: Value,
  starts: readonly Value[],
  moving: readonly number[],
): Value => {
  const [axis, ...rest] = moving;
  if (axis === undefined) return update;
  const [total, size] = [dim(x.shape, axis), dim(update.shape, axis)];
  const start = windowStarts(g, [operand(starts, axis)], [total], [size]);
  const end = binary(g, "Add", start, g.constant("int32", [size], [1]));
  const zero = g.constant("int32", [0], [1]);
  const middle =
    rest.length === 0
      ? update
      : replaceWindow(g, dynamicPart(g, x, axis, start, end, size), update, starts, rest);
  const before = dynamicPart(g, x, axis, zero, start, total - size);
  const behind = dynamicPart(g, x, axis, end, g.constant("int32", [total], [1]), total - size);
  return g.node("Concat", [before, middle, behind], x, { axis: intAttribute(axis) });
};

/** Rows that are written one by one: not so many that listing them is the work, nor so short that copying them is not. */
const isByRows = (rows: number, length: number): boolean =>
  rows <= 4096 && (length >= 8 || rows <= 64);

/** Places (..., size, axis + 1) of the rows that begin at 0 along `axis`. */
const rowPlaces = (shape: Shape, axis: number, size: number): number[] => {
  const counts = [...shape.slice(0, axis), size];
  return Array.from({ length: sizeOf(counts) }, (_, row) => {
    let rest = row;
    return counts
      .toReversed()
      .map((count) => {
        const place = rest % count;
        rest = (rest - place) / count;
        return place;
      })
      .toReversed();
  }).flat();
};

/** Replaces a window along one axis by writing its rows into a copy: one pass, where taking apart and joining would be two. */
const scatterRows = (g: G, x: Value, update: Value, start: Value, axis: number): Value => {
  const size = dim(update.shape, axis);
  const shape = [...update.shape.slice(0, axis + 1), axis + 1];
  const first = g.constant("int64", rowPlaces(x.shape, axis, size), shape);
  const unit = g.ints(Array.from({ length: axis + 1 }, (_, i) => (i === axis ? 1 : 0)));
  const at = cast(g, windowStarts(g, [start], [dim(x.shape, axis)], [size]), "int64");
  const places = binary(g, "Add", first, binary(g, "Mul", at, unit));
  return g.node("ScatterND", [x, places, update], x);
};

/** Axes along which a window does not fill what it is in. */
const movingAxes = (shape: Shape, window: Shape): readonly number[] =>
  shape.flatMap((d, i) => (d === dim(window, i) ? [] : [i]));

/** The axis along which a window is written row by row, if it is: its operand may then be where the result is written. */
export const rowAxis = (shape: Shape, window: Shape): number | undefined => {
  const [axis, ...others] = movingAxes(shape, window);
  if (axis === undefined || others.length > 0 || window.includes(0)) return undefined;
  const rows = sizeOf(window.slice(0, axis + 1));
  return isByRows(rows, sizeOf(window.slice(axis + 1))) ? axis : undefined;
};

/** An operand with a window at a run-time place replaced. */
export const dynamicUpdateSlice: Lowering = ({ g }, operands) => {
  const [x, update] = [operand(operands, 0), operand(operands, 1)];
  if (update.shape.includes(0)) return [x];
  const axis = rowAxis(x.shape, update.shape);
  if (axis !== undefined) return [scatterRows(g, x, update, operand(operands, axis + 2), axis)];
  return [replaceWindow(g, x, update, operands.slice(2), movingAxes(x.shape, update.shape))];
};
