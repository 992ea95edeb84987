import { dim } from "@adjoint/core/backend";
import { concat, expand, iota, type Range, reshape, slice, transpose } from "./emit.ts";
import type { GraphBuilder } from "./graph-builder.ts";
import { intAttribute } from "../proto/attributes.ts";
import { type LoweringTable, one, operand, two } from "./lowering.ts";
import { dtypeParam, numberParam, numbersParam } from "@adjoint/core/passes";
import { carrierOf, type Value } from "./value.ts";

type G = GraphBuilder;

const grow = (
  g: G,
  x: Value,
  low: readonly number[],
  high: readonly number[],
  fill: Value,
): Value => {
  if (low.every((n) => n === 0) && high.every((n) => n === 0)) return x;
  const shape = x.shape.map((d, i) => d + (low[i] ?? 0) + (high[i] ?? 0));
  return g.node("Pad", [x, g.ints([...low, ...high]), fill], { type: x.type, shape });
};

/** Puts `gap` fill values behind every element along `axis`, the last one included: joined along a new axis, and merged. */
const space = (g: G, x: Value, axis: number, gap: number, fill: Value): Value => {
  if (gap === 0) return x;
  const split = [...x.shape.slice(0, axis + 1), 1, ...x.shape.slice(axis + 1)];
  const gaps = expand(
    g,
    fill,
    split.map((d, i) => (i === axis + 1 ? gap : d)),
  );
  return reshape(
    g,
    concat(g, [reshape(g, x, split), gaps], axis + 1),
    x.shape.map((d, i) => (i === axis ? d * (gap + 1) : d)),
  );
};

/** Surrounds and spaces out `x`; negative amounts crop. */
export const pad = (
  g: G,
  x: Value,
  fill: Value,
  low: readonly number[],
  high: readonly number[],
  interior: readonly number[],
): Value => {
  const gaps = interior.map((gap, axis) => (dim(x.shape, axis) < 2 ? 0 : gap));
  const spaced = gaps.reduce((v, gap, axis) => space(g, v, axis, gap, fill), x);
  const behind = high.map((n, axis) => n - (gaps[axis] ?? 0));
  const positive = (list: readonly number[]): readonly number[] => list.map((n) => Math.max(0, n));
  const grown = grow(g, spaced, positive(low), positive(behind), fill);
  const crop = grown.shape.map((d, axis): Range => {
    const [before, after] = [Math.min(0, low[axis] ?? 0), Math.min(0, behind[axis] ?? 0)];
    return { axis, start: -before, limit: d + after, step: 1 };
  });
  return slice(g, grown, crop);
};

/** `x` with the order along `axes` reversed. */
export const flip = (g: G, x: Value, axes: readonly number[]): Value => {
  const wide = axes.filter((axis) => dim(x.shape, axis) > 1);
  return slice(
    g,
    x,
    wide.map((axis) => ({ axis, start: dim(x.shape, axis) - 1, limit: -1, step: -1 })),
  );
};

/** Operations that only move elements. */
export const movementLowerings: LoweringTable = {
  reshape: one((g, x, params) => reshape(g, x, numbersParam(params, "shape"))),
  broadcastTo: one((g, x, params) => expand(g, x, numbersParam(params, "shape"))),
  transpose: one((g, x, params) => transpose(g, x, numbersParam(params, "perm"))),
  slice: one((g, x, params) => {
    const [start, limit, strides] = [
      numbersParam(params, "start"),
      numbersParam(params, "limit"),
      numbersParam(params, "strides"),
    ];
    const ranges = x.shape.map((_, axis) => ({
      axis,
      start: dim(start, axis),
      limit: dim(limit, axis),
      step: dim(strides, axis),
    }));
    return slice(g, x, ranges);
  }),
  pad: two((g, x, fill, params) =>
    pad(
      g,
      x,
      fill,
      numbersParam(params, "low"),
      numbersParam(params, "high"),
      numbersParam(params, "interior"),
    ),
  ),
  split: ({ g, outputs }, operands, params) => {
    const x = operand(operands, 0);
    const axis = { axis: intAttribute(numberParam(params, "axis")) };
    return g.nodeMany(
      "Split",
      [x, g.ints(numbersParam(params, "sizes"))],
      outputs.map(({ shape }) => ({ type: x.type, shape })),
      axis,
    );
  },
  concatenate: ({ g }, operands, params) => [concat(g, operands, numberParam(params, "axis"))],
  flip: one((g, x, params) => flip(g, x, numbersParam(params, "axes"))),
  iota: ({ g }, _operands, params) => [
    iota(
      g,
      numbersParam(params, "shape"),
      carrierOf(dtypeParam(params, "dtype")),
      numberParam(params, "axis"),
    ),
  ],
};
