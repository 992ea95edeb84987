import { dim, type Params } from "@adjoint/core/backend";
import { intAttribute } from "../proto/attributes.ts";
import { binary, cast, concat, like, reduce, reshape, slice, where, without } from "./emit.ts";
import type { GraphBuilder } from "./graph-builder.ts";
import { type Lowering, type LoweringTable, one } from "./lowering.ts";
import { numberParam, numbersParam } from "@adjoint/core/passes";
import { fromOrdered, toOrdered } from "./unsigned.ts";
import { isFloatType, type Value } from "./value.ts";

type G = GraphBuilder;

const sum: Lowering = one((g, x, params) => {
  const axes = numbersParam(params, "axes");
  if (isFloatType(x.type)) return reduce(g, "ReduceSum", x, axes);
  return cast(g, reduce(g, "ReduceSum", cast(g, x, "int64"), axes), x.type); // the 32-bit kernel saturates
});

/** Multiplies the halves of an axis until one element is left; the integer kernels saturate instead of wrapping. */
const foldProduct = (g: G, x: Value, axis: number): Value => {
  const size = dim(x.shape, axis);
  if (size === 1) return x;
  const half = Math.floor(size / 2);
  const part = (start: number, limit: number): Value =>
    slice(g, x, [{ axis, start, limit, step: 1 }]);
  const product = binary(g, "Mul", part(0, half), part(half, 2 * half));
  return foldProduct(g, concat(g, [product, part(2 * half, size)], axis), axis);
};

const prod: Lowering = one((g, x, params) => {
  const axes = numbersParam(params, "axes");
  if (isFloatType(x.type)) return reduce(g, "ReduceProd", x, axes);
  return reshape(
    g,
    axes.reduce((v, axis) => foldProduct(g, v, axis), x),
    without(x.shape, axes),
  );
});

const isNan = (g: G, x: Value): Value => g.node("IsNaN", [x], { type: "bool", shape: x.shape });

/** Largest or smallest; the kernels pass over NaN, which here wins. */
const extreme = (op: string): Lowering =>
  one((g, x, params) => {
    const axes = numbersParam(params, "axes");
    const value =
      x.type === "bool"
        ? reduce(g, op, x, axes)
        : fromOrdered(g, reduce(g, op, toOrdered(g, x), axes), x.type);
    if (!isFloatType(x.type) || axes.every((a) => x.shape[a] === 1)) return value;
    const hasNan = reduce(g, "ReduceMax", isNan(g, x), axes);
    return where(g, hasNan, like(g, Number.NaN, x), value);
  });

const truth = (op: string): Lowering =>
  one((g, x, params) => reduce(g, op, cast(g, x, "bool"), numbersParam(params, "axes")));

const place = (g: G, op: string, x: Value, axis: number): Value => {
  const attributes = { axis: intAttribute(axis), keepdims: intAttribute(0) };
  const found = g.node(op, [x], { type: "int64", shape: without(x.shape, [axis]) }, attributes);
  return cast(g, found, "int32");
};

/** First place of the largest or smallest element; the first NaN wins. */
const argExtreme = (op: string): Lowering =>
  one((g, x, params: Params) => {
    const axis = numberParam(params, "axis");
    const found = place(g, op, toOrdered(g, x), axis);
    if (!isFloatType(x.type) || dim(x.shape, axis) === 1) return found;
    const nans = isNan(g, x);
    const firstNan = place(g, "ArgMax", cast(g, nans, "int32"), axis);
    return where(g, reduce(g, "ReduceMax", nans, [axis]), firstNan, found);
  });

/** Reductions. */
export const reductionLowerings: LoweringTable = {
  sum,
  prod,
  reduceMax: extreme("ReduceMax"),
  reduceMin: extreme("ReduceMin"),
  all: truth("ReduceMin"),
  any: truth("ReduceMax"),
  argMax: argExtreme("ArgMax"),
  argMin: argExtreme("ArgMin"),
};
