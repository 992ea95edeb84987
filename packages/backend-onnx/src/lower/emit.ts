import { broadcastShapes, dim, sameShape, type Shape, sizeOf } from "@adjoint/core/backend";
import { intAttribute, intsAttribute } from "../proto/attributes.ts";
import { dataTypeCodes, type OnnxDataType } from "../proto/model-record.ts";
import type { GraphBuilder } from "./graph-builder.ts";
import type { Value } from "./value.ts";

type G = GraphBuilder;

/** A node with one input that keeps type and shape. */
export const unary = (g: G, op: string, x: Value): Value => g.node(op, [x], x);

/** A broadcasting node of two inputs of one type; `type` is that of the result when it differs. */
export const binary = (g: G, op: string, a: Value, b: Value, type: OnnxDataType = a.type): Value =>
  g.node(op, [a, b], { type, shape: broadcastShapes(op, a.shape, b.shape) });

/** A broadcasting comparison, or a logical operation. */
export const test = (g: G, op: string, a: Value, b: Value): Value => binary(g, op, a, b, "bool");

/** `value` in the type of `like`. */
export const like = (g: G, value: number, { type }: Value): Value => g.scalar(type, value);

/** Converts as C does, after which bool holds 0 or 1; nothing when it has the type. */
export const cast = (g: G, x: Value, type: OnnxDataType): Value => {
  if (x.type === type) return x;
  const known = g.uniformOf(x);
  if (known !== undefined && Number.isInteger(known))
    return g.constant(type, [type === "bool" ? Number(known !== 0) : known], x.shape);
  return g.node("Cast", [x], { type, shape: x.shape }, { to: intAttribute(dataTypeCodes[type]) });
};

/** The same elements under another shape. */
export const reshape = (g: G, x: Value, shape: Shape): Value => {
  if (sameShape(x.shape, shape)) return x;
  const known = g.contentsOf(x);
  if (known !== undefined && known.length <= 16) return g.constant(x.type, known, shape);
  return g.node("Reshape", [x, g.ints(shape)], { type: x.type, shape });
};

/** Permutes the axes; where only axes of size 1 move it is a reshape. */
export const transpose = (g: G, x: Value, perm: readonly number[]): Value => {
  const shape = perm.map((i) => dim(x.shape, i));
  const wide = perm.filter((i) => dim(x.shape, i) !== 1);
  if (wide.every((axis, i) => i === 0 || axis > (wide[i - 1] ?? 0))) return reshape(g, x, shape);
  return g.node("Transpose", [x], { type: x.type, shape }, { perm: intsAttribute(perm) });
};

/** Repeats along new leading axes and along axes of size 1. */
export const expand = (g: G, x: Value, shape: Shape): Value => {
  if (sizeOf(x.shape) === sizeOf(shape)) return reshape(g, x, shape);
  return g.node("Expand", [x, g.ints(shape)], { type: x.type, shape });
};

/** Elements of `a` where `condition` holds, of `b` elsewhere, for every type. */
export const where = (g: G, condition: Value, a: Value, b: Value): Value => {
  const shape = broadcastShapes("where", condition.shape, a.shape, b.shape);
  if (a.type === "bool")
    return test(
      g,
      "Or",
      test(g, "And", condition, a),
      test(g, "And", unary(g, "Not", condition), b),
    );
  if (a.type !== "uint32") return g.node("Where", [condition, a, b], { type: a.type, shape });
  const chosen = g.node("Where", [condition, cast(g, a, "int32"), cast(g, b, "int32")], {
    type: "int32",
    shape,
  });
  return cast(g, chosen, "uint32");
};

/** What an axis of a slice keeps. */
export type Range = {
  readonly axis: number;
  readonly start: number;
  readonly limit: number;
  readonly step: number;
};

/** The elements of `ranges`; a negative step starts at `start` and goes down to (not including) `limit`. */
export const slice = (g: G, x: Value, ranges: readonly Range[]): Value => {
  const size = (r: Range): number => Math.max(0, Math.ceil((r.limit - r.start) / r.step));
  const shape = x.shape.map((d, axis) => {
    const range = ranges.find((r) => r.axis === axis);
    return range === undefined ? d : size(range);
  });
  const active = ranges.filter(
    (r) => !(r.start === 0 && r.step === 1 && r.limit === dim(x.shape, r.axis)),
  );
  if (active.length === 0) return x;
  const column = (pick: (r: Range) => number): Value => g.ints(active.map(pick));
  // -1 as a limit would mean "the last element"; anything below -size means "past the first"
  const limit = (r: Range): number => (r.limit < 0 ? -(2 ** 31) : r.limit);
  const inputs = [
    x,
    column((r) => r.start),
    column(limit),
    column((r) => r.axis),
    column((r) => r.step),
  ];
  return g.node("Slice", inputs, { type: x.type, shape });
};

/** Joins values along an axis; values without elements are left out. */
export const concat = (g: G, parts: readonly Value[], axis: number): Value => {
  const full = parts.filter((p) => dim(p.shape, axis) !== 0);
  const [first] = full.length === 0 ? parts : full;
  if (first === undefined || full.length <= 1) return first ?? g.constant("float32", [], [0]);
  const size = full.reduce((n, p) => n + dim(p.shape, axis), 0);
  const shape = first.shape.map((d, i) => (i === axis ? size : d));
  return g.node("Concat", full, { type: first.type, shape }, { axis: intAttribute(axis) });
};

/** `shape` without `axes`. */
export const without = (shape: Shape, axes: readonly number[]): Shape =>
  shape.filter((_, i) => !axes.includes(i));

/** A reduction that drops `axes`. */
export const reduce = (
  g: G,
  op: string,
  x: Value,
  axes: readonly number[],
  keepDims = false,
): Value => {
  const shape = keepDims
    ? x.shape.map((d, i) => (axes.includes(i) ? 1 : d))
    : without(x.shape, axes);
  if (axes.every((i) => dim(x.shape, i) === 1)) return reshape(g, x, shape);
  return g.node(
    op,
    [x, g.ints(axes)],
    { type: x.type, shape },
    { keepdims: intAttribute(keepDims ? 1 : 0) },
  );
};

/** Counts 0, 1, 2, … along `axis` of `shape`. */
export const iota = (g: G, shape: Shape, type: OnnxDataType, axis: number): Value => {
  const size = dim(shape, axis);
  const line = g.constant(
    type,
    Float64Array.from({ length: size }, (_, i) => (type === "bool" ? Number(i > 0) : i)),
    [size],
  );
  const column = reshape(
    g,
    line,
    shape.map((d, i) => (i === axis ? d : 1)),
  );
  return expand(g, column, shape);
};
