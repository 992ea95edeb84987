import { dim } from "@adjoint/core/backend";
import { intAttribute } from "../proto/attributes.ts";
import { cast, iota, like, where } from "./emit.ts";
import type { GraphBuilder } from "./graph-builder.ts";
import { type Lowering, type LoweringTable, operand } from "./lowering.ts";
import { numberParam } from "@adjoint/core/passes";
import { toOrdered } from "./unsigned.ts";
import { isFloatType, type Value } from "./value.ts";

type G = GraphBuilder;

/** Elements of `x` along `axis` at `places` (int64, the shape of the result). */
const along = (g: G, x: Value, places: Value, axis: number): Value =>
  g.node(
    "GatherElements",
    [x, places],
    { type: x.type, shape: places.shape },
    { axis: intAttribute(axis) },
  );

/** Places (int64) of the first `count` elements in order; the first of equals comes first. */
const order = (g: G, key: Value, axis: number, count: number, descending: boolean): Value => {
  const shape = key.shape.map((d, i) => (i === axis ? count : d));
  const attributes = {
    axis: intAttribute(axis),
    largest: intAttribute(descending ? 1 : 0),
    sorted: intAttribute(1),
  };
  const outputs = [
    { type: key.type, shape },
    { type: "int64" as const, shape },
  ];
  return operand(g.nodeMany("TopK", [key, g.ints([count])], outputs, attributes), 1);
};

/**
 * Keys whose order, one after the other and stable, is that of `x`, least significant first: comparisons with NaN are
 * false, so it takes the place of infinity and a second key puts it behind (or, descending, in front).
 */
const keysOf = (g: G, x: Value): readonly Value[] => {
  if (!isFloatType(x.type)) return [toOrdered(g, x)];
  const isNan = g.node("IsNaN", [x], { type: "bool", shape: x.shape });
  return [where(g, isNan, like(g, Number.POSITIVE_INFINITY, x), x), cast(g, isNan, "int32")];
};

const sort: Lowering = ({ g }, operands, params) => {
  const axis = numberParam(params, "axis");
  const size = dim(operand(operands, 0).shape, axis);
  const keys = operands
    .slice(0, numberParam(params, "numKeys"))
    .reverse()
    .flatMap((k) => keysOf(g, k));
  let places: Value | undefined;
  for (const key of keys) {
    const current = places === undefined ? key : along(g, key, places, axis);
    const next = order(g, current, axis, size, false);
    places = places === undefined ? next : along(g, places, next, axis);
  }
  const from = places ?? iota(g, operand(operands, 0).shape, "int64", axis);
  return operands.map((x) => along(g, x, from, axis));
};

const topK: Lowering = ({ g }, operands, params) => {
  const x = operand(operands, 0);
  const axis = x.shape.length - 1;
  const k = numberParam(params, "k");
  const keys = keysOf(g, x);
  const [first, second] = keys;
  const sorted = order(
    g,
    operand(keys, 0),
    axis,
    second === undefined ? k : dim(x.shape, axis),
    true,
  );
  const places =
    first === undefined || second === undefined
      ? sorted
      : along(g, sorted, order(g, along(g, second, sorted, axis), axis, k, true), axis);
  return [along(g, x, places, axis), cast(g, places, "int32")];
};

/** Sorting. */
export const sortingLowerings: LoweringTable = { sort, topK };
