import { dim, type Params, type Shape, sizeOf, stridesOf } from "@adjoint/core/backend";
import { intAttribute, stringAttribute } from "../proto/attributes.ts";
import { binary, cast, concat, expand, iota, like, reduce, reshape, slice, test, where } from "./emit.ts";
import type { GraphBuilder } from "./graph-builder.ts";
import { type Lowering, type LoweringTable, operand, two } from "./lowering.ts";
import { flagParam, numberParam, numbersParam, textParam } from "./params.ts";
import { isFloatType, type Value } from "./value.ts";

type G = GraphBuilder;

/** How an operand [B..., I..., S...] and indices [B..., O..., k] fit together. */
type Layout = { readonly batch: Shape; readonly inner: Shape; readonly outer: Shape; readonly window: Shape };

const layoutOf = (x: Value, indices: Value, batchDims: number): Layout => {
  const k = indices.shape.at(-1) ?? 0;
  return {
    batch: x.shape.slice(0, batchDims),
    inner: x.shape.slice(batchDims, batchDims + k),
    outer: indices.shape.slice(batchDims, -1),
    window: x.shape.slice(batchDims + k),
  };
};

/** Largest index of each component. */
const limits = (g: G, inner: Shape): Value =>
  g.constant("int32", inner.map((d) => d - 1), inner.length === 1 ? [] : [inner.length]);

const clamp = (g: G, indices: Value, inner: Shape): Value =>
  binary(g, "Min", binary(g, "Max", indices, like(g, 0, indices)), limits(g, inner));

const gather = (g: G, x: Value, indices: Value, params: Params): Value => {
  const batchDims = numberParam(params, "batchDims");
  const { batch, inner, outer, window } = layoutOf(x, indices, batchDims);
  const shape = [...batch, ...outer, ...window];
  if (inner.length === 0) return expand(g, reshape(g, x, [...batch, ...outer.map(() => 1), ...window]), shape);
  const places = flagParam(params, "inRange") ? indices : clamp(g, indices, inner);
  if (batchDims === 0 && inner.length === 1)
    return g.node("Gather", [x, reshape(g, places, outer)], { type: x.type, shape }, { axis: intAttribute(0) });
  return g.node("GatherND", [x, cast(g, places, "int64")], { type: x.type, shape }, { batch_dims: intAttribute(batchDims) });
};

/** Indices with a component for every batch axis in front. */
const withBatch = (g: G, indices: Value, { batch, outer }: Layout): Value => {
  const lead = [...batch, ...outer, 1];
  const own = batch.map((_, axis) => iota(g, lead, indices.type, axis));
  return concat(g, [...own, indices], lead.length - 1);
};

const neutral: Readonly<Record<string, (x: Value) => number>> = {
  add: () => 0,
  mul: () => 1,
  max: ({ type }) => (isFloatType(type) ? Number.NEGATIVE_INFINITY : type === "int32" ? -(2 ** 31) : 0),
  min: ({ type }) => (isFloatType(type) ? Number.POSITIVE_INFINITY : type === "int32" ? 2 ** 31 - 1 : 2 ** 32 - 1),
};

const scatterNd = (g: G, x: Value, indices: Value, updates: Value, mode: string): Value => {
  const reduction = { reduction: stringAttribute(mode === "set" ? "none" : mode) };
  return g.node("ScatterND", [x, cast(g, indices, "int64"), updates], x, reduction);
};

/** Whether every component of each index is in range, under axes of size 1 for the window. */
const inRange = (g: G, indices: Value, { batch, inner, outer, window }: Layout): Value => {
  const high = test(g, "LessOrEqual", indices, limits(g, inner));
  const both = test(g, "And", high, test(g, "GreaterOrEqual", indices, like(g, 0, indices)));
  const all = reduce(g, "ReduceMin", both, [both.shape.length - 1]);
  return reshape(g, all, [...batch, ...outer, ...window.map(() => 1)]);
};

/** Replaced windows have no neutral value: dropped ones go to a row added behind the operand. */
const scatterSet = (g: G, x: Value, indices: Value, updates: Value, layout: Layout): Value => {
  const { batch, inner, outer, window } = layout;
  const rows = sizeOf(inner);
  const steps = g.constant("int32", stridesOf(inner), [inner.length]);
  const place = reduce(g, "ReduceSum", binary(g, "Mul", indices, steps), [indices.shape.length - 1], true);
  const lead = [...batch, ...outer];
  const inside = reshape(g, inRange(g, indices, layout), [...lead, 1]);
  const safe = where(g, inside, place, like(g, rows, place));
  const flat = reshape(g, x, [...batch, rows, ...window]);
  const spare = expand(g, like(g, 0, x), [...batch, 1, ...window]);
  const grown = concat(g, [flat, spare], batch.length);
  const written = scatterNd(g, grown, withBatch(g, safe, layout), updates, "set");
  return reshape(g, slice(g, written, [{ axis: batch.length, start: 0, limit: rows, step: 1 }]), x.shape);
};

const viaNumbers = (g: G, x: Value): Value => (x.type === "bool" ? cast(g, x, "int32") : x);

const scatter: Lowering = ({ g }, operands, params) => {
  const [x, indices, updates] = [operand(operands, 0), operand(operands, 1), operand(operands, 2)];
  const mode = textParam(params, "mode");
  const layout = layoutOf(x, indices, numberParam(params, "batchDims"));
  if (layout.inner.length === 0) return [scatterWhole(g, x, updates, mode, layout)];
  const safe = flagParam(params, "inRange");
  if (mode === "set" && !safe) return [scatterSet(g, x, indices, updates, layout)];
  const [target, source] = mode === "set" ? [x, updates] : [viaNumbers(g, x), viaNumbers(g, updates)];
  const kept = safe ? source : where(g, inRange(g, indices, layout), source, like(g, neutral[mode]?.(source) ?? 0, source));
  const places = withBatch(g, safe ? indices : clamp(g, indices, layout.inner), layout);
  const result = cast(g, scatterNd(g, target, places, kept, mode), x.type);
  return [isFloatType(x.type) && (mode === "max" || mode === "min") ? nanWins(g, result, [x, kept], places) : result];
};

/** The kernels for extremes keep or lose a NaN by its place: marks where one takes part. */
const nanWins = (g: G, result: Value, [x, updates]: readonly [Value, Value], places: Value): Value => {
  const marks = (v: Value): Value => cast(g, g.node("IsNaN", [v], { type: "bool", shape: v.shape }), "int32");
  const count = scatterNd(g, marks(x), places, marks(updates), "max");
  return where(g, cast(g, count, "bool"), like(g, Number.NaN, result), result);
};

const combiners: Readonly<Record<string, string>> = { add: "Add", mul: "Mul", max: "Max", min: "Min" };

/** Without index components every update goes to the whole operand of its batch. */
const scatterWhole = (g: G, x: Value, updates: Value, mode: string, { batch, outer, window }: Layout): Value => {
  const count = sizeOf(outer);
  const lines = reshape(g, updates, [...batch, count, ...window]);
  const last = slice(g, lines, [{ axis: batch.length, start: count - 1, limit: count, step: 1 }]);
  if (mode === "set") return reshape(g, last, x.shape);
  const [a, b] = [viaNumbers(g, x), viaNumbers(g, lines)];
  const steps = Array.from({ length: count }, (_, i) => slice(g, b, [{ axis: batch.length, start: i, limit: i + 1, step: 1 }]));
  const own = [...batch, ...window];
  return cast(g, steps.reduce((sum, u) => binary(g, combiners[mode] ?? "Add", sum, reshape(g, u, own)), a), x.type);
};

/** Starts as a list, clamped so that the window fits. */
const windowStarts = (g: G, starts: readonly Value[], shape: Shape, sizes: Shape): Value => {
  const list = concat(g, starts.map((s) => reshape(g, s, [1])), 0);
  const room = g.constant("int32", shape.map((d, i) => d - dim(sizes, i)), [shape.length]);
  return binary(g, "Min", binary(g, "Max", list, like(g, 0, list)), room);
};

const dynamicSlice: Lowering = ({ g }, operands, params) => {
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
const replaceWindow = (g: G, x: Value, update: Value, starts: readonly Value[], moving: readonly number[]): Value => {
  const [axis, ...rest] = moving;
  if (axis === undefined) return update;
  const [total, size] = [dim(x.shape, axis), dim(update.shape, axis)];
  const start = windowStarts(g, [operand(starts, axis)], [total], [size]);
  const end = binary(g, "Add", start, g.constant("int32", [size], [1]));
  const zero = g.constant("int32", [0], [1]);
  const middle = rest.length === 0 ? update : replaceWindow(g, dynamicPart(g, x, axis, start, end, size), update, starts, rest);
  const before = dynamicPart(g, x, axis, zero, start, total - size);
  const behind = dynamicPart(g, x, axis, end, g.constant("int32", [total], [1]), total - size);
  return g.node("Concat", [before, middle, behind], x, { axis: intAttribute(axis) });
};

const dynamicUpdateSlice: Lowering = ({ g }, operands) => {
  const [x, update] = [operand(operands, 0), operand(operands, 1)];
  if (update.shape.includes(0)) return [x];
  const moving = x.shape.flatMap((d, i) => (d === dim(update.shape, i) ? [] : [i]));
  return [replaceWindow(g, x, update, operands.slice(2), moving)];
};

/** Operations that read or write at computed places. */
export const indexingLowerings: LoweringTable = {
  gather: two((g, x, indices, params) => gather(g, x, indices, params)),
  scatter,
  dynamicSlice,
  dynamicUpdateSlice,
};
