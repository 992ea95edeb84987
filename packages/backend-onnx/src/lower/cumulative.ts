import { dim } from "@adjoint/core/backend";
import { intAttribute } from "../proto/attributes.ts";
import { binary, cast, concat, like, slice, test, unary, where } from "./emit.ts";
import type { GraphBuilder } from "./graph-builder.ts";
import { type Lowering, type LoweringTable, one } from "./lowering.ts";
import { flagParam, numberParam } from "@adjoint/core/passes";
import type { Value } from "./value.ts";

type G = GraphBuilder;
type Combine = (g: G, a: Value, b: Value) => Value;

const cumSum: Lowering = one((g, x, params) => {
  const numbers = x.type === "uint32" ? cast(g, x, "int32") : x;
  const axis = g.scalar("int32", numberParam(params, "axis"));
  const attributes = { reverse: intAttribute(flagParam(params, "reverse") ? 1 : 0) };
  return cast(g, g.node("CumSum", [numbers, axis], numbers, attributes), x.type);
});

/**
 * Combines every element with the one 1, 2, 4, … places before it, which takes log2(n) rounds.
 * @see Hillis and Steele, "Data parallel algorithms" (1986)
 */
const doubling = (combine: Combine): Lowering =>
  one((g, x, params) => {
    const [axis, isReverse] = [numberParam(params, "axis"), flagParam(params, "reverse")];
    const size = dim(x.shape, axis);
    const part = (v: Value, start: number, limit: number): Value =>
      slice(g, v, [{ axis, start, limit, step: 1 }]);
    let sums = x;
    for (let distance = 1; distance < size; distance *= 2) {
      const [head, tail] = [part(sums, 0, size - distance), part(sums, distance, size)];
      const merged = combine(g, head, tail);
      const rest = isReverse ? part(sums, size - distance, size) : part(sums, 0, distance);
      sums = concat(g, isReverse ? [merged, rest] : [rest, merged], axis);
    }
    return sums;
  });

const extreme =
  (op: string, forBool: string): Combine =>
  (g, a, b) =>
    binary(g, a.type === "bool" ? forBool : op, a, b);

/** log(exp(a) + exp(b)) without overflow; two equal infinities give themselves. */
const logAddExp: Combine = (g, a, b) => {
  const high = binary(g, "Max", a, b);
  const gap = unary(g, "Neg", unary(g, "Abs", binary(g, "Sub", a, b)));
  const sum = binary(
    g,
    "Add",
    high,
    unary(g, "Log", binary(g, "Add", unary(g, "Exp", gap), like(g, 1, a))),
  );
  const isInfinite = test(
    g,
    "Equal",
    unary(g, "Abs", high),
    like(g, Number.POSITIVE_INFINITY, high),
  );
  return where(g, isInfinite, high, sum);
};

/** Running sums, products, extremes. */
export const cumulativeLowerings: LoweringTable = {
  cumSum,
  cumProd: doubling((g, a, b) => binary(g, "Mul", a, b)),
  cumMax: doubling(extreme("Max", "Or")),
  cumMin: doubling(extreme("Min", "And")),
  cumLogSumExp: doubling(logAddExp),
};
