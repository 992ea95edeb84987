import { sizeOf, stridesOf } from "@adjoint/core/backend";
import { stringAttribute } from "../proto/attributes.ts";
import {
  binary,
  cast,
  concat,
  expand,
  iota,
  like,
  reduce,
  reshape,
  slice,
  test,
  where,
} from "./emit.ts";
import type { GraphBuilder } from "./graph-builder.ts";
import { clamp, type Layout, layoutOf, limits } from "./index-layout.ts";
import { type Lowering, operand } from "./lowering.ts";
import { flagParam, numberParam, textParam } from "@adjoint/core/passes";
import { isFloatType, type Value } from "./value.ts";

type G = GraphBuilder;

/** Indices with a component for every batch axis in front. */
const withBatch = (g: G, indices: Value, { batch, outer }: Layout): Value => {
  const lead = [...batch, ...outer, 1];
  const own = batch.map((_, axis) => iota(g, lead, indices.type, axis));
  return concat(g, [...own, indices], lead.length - 1);
};

const neutral: Readonly<Record<string, (x: Value) => number>> = {
  add: () => 0,
  mul: () => 1,
  max: ({ type }) =>
    isFloatType(type) ? Number.NEGATIVE_INFINITY : type === "int32" ? -(2 ** 31) : 0,
  min: ({ type }) =>
    isFloatType(type) ? Number.POSITIVE_INFINITY : type === "int32" ? 2 ** 31 - 1 : 2 ** 32 - 1,
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
  const place = reduce(
    g,
    "ReduceSum",
    binary(g, "Mul", indices, steps),
    [indices.shape.length - 1],
    true,
  );
  const lead = [...batch, ...outer];
  const inside = reshape(g, inRange(g, indices, layout), [...lead, 1]);
  const safe = where(g, inside, place, like(g, rows, place));
  const flat = reshape(g, x, [...batch, rows, ...window]);
  const spare = expand(g, like(g, 0, x), [...batch, 1, ...window]);
  const grown = concat(g, [flat, spare], batch.length);
  const written = scatterNd(g, grown, withBatch(g, safe, layout), updates, "set");
  return reshape(
    g,
    slice(g, written, [{ axis: batch.length, start: 0, limit: rows, step: 1 }]),
    x.shape,
  );
};

const viaNumbers = (g: G, x: Value): Value => (x.type === "bool" ? cast(g, x, "int32") : x);

/** Windows combined into an operand at computed places; those out of range are dropped. */
export const scatter: Lowering = ({ g }, operands, params) => {
  const [x, indices, updates] = [operand(operands, 0), operand(operands, 1), operand(operands, 2)];
  const mode = textParam(params, "mode");
  const layout = layoutOf(x, indices, numberParam(params, "batchDims"));
  if (layout.inner.length === 0) return [scatterWhole(g, x, updates, mode, layout)];
  const safe = flagParam(params, "inRange");
  if (mode === "set" && !safe) return [scatterSet(g, x, indices, updates, layout)];
  const [target, source] =
    mode === "set" ? [x, updates] : [viaNumbers(g, x), viaNumbers(g, updates)];
  const kept = safe
    ? source
    : where(g, inRange(g, indices, layout), source, like(g, neutral[mode]?.(source) ?? 0, source));
  const places = withBatch(g, safe ? indices : clamp(g, indices, layout.inner), layout);
  const result = cast(g, scatterNd(g, target, places, kept, mode), x.type);
  return [
    isFloatType(x.type) && (mode === "max" || mode === "min")
      ? nanWins(g, result, [x, kept], places)
      : result,
  ];
};

/** The kernels for extremes keep or lose a NaN by its place: marks where one takes part. */
const nanWins = (
  g: G,
  result: Value,
  [x, updates]: readonly [Value, Value],
  places: Value,
): Value => {
  const marks = (v: Value): Value =>
    cast(g, g.node("IsNaN", [v], { type: "bool", shape: v.shape }), "int32");
  const count = scatterNd(g, marks(x), places, marks(updates), "max");
  return where(g, cast(g, count, "bool"), like(g, Number.NaN, result), result);
};

const combiners: Readonly<Record<string, string>> = {
  add: "Add",
  mul: "Mul",
  max: "Max",
  min: "Min",
};

/** Without index components every update goes to the whole operand of its batch. */
const scatterWhole = (
  g: G,
  x: Value,
  updates: Value,
  mode: string,
  { batch, outer, window }: Layout,
): Value => {
  const count = sizeOf(outer);
  const lines = reshape(g, updates, [...batch, count, ...window]);
  const last = slice(g, lines, [{ axis: batch.length, start: count - 1, limit: count, step: 1 }]);
  if (mode === "set") return reshape(g, last, x.shape);
  const [a, b] = [viaNumbers(g, x), viaNumbers(g, lines)];
  const steps = Array.from({ length: count }, (_, i) =>
    slice(g, b, [{ axis: batch.length, start: i, limit: i + 1, step: 1 }]),
  );
  const own = [...batch, ...window];
  return cast(
    g,
    steps.reduce((sum, u) => binary(g, combiners[mode] ?? "Add", sum, reshape(g, u, own)), a),
    x.type,
  );
};
