import { ArgumentError, ShapeError } from "../errors.ts";
import { type DotParams, dotGeneralP } from "../primitives/dot-general.ts";
import { formatShape, normalizeAxis } from "../shape.ts";
import type { Tensor, TensorLike } from "../tensor.ts";
import { applyOne, pairOf } from "./operand.ts";

/** Axes to sum over: the last n of the first with the first n of the second, or a list for each. */
export type TensordotAxes =
  | number
  | readonly [left: number | readonly number[], right: number | readonly number[]];

const noBatch = { left: [], right: [] };

/** Bools count as int32 0 and 1. */
const numericPair = (a: TensorLike, b: TensorLike): readonly [Tensor, Tensor] => {
  const [x, y] = pairOf(a, b);
  return x.dtype === "bool" ? [x.cast("int32"), y.cast("int32")] : [x, y];
};

const product = (x: Tensor, y: Tensor, contract: DotParams["contract"]): Tensor =>
  applyOne(dotGeneralP, [x, y], { contract, batch: noBatch });

const contraction = (a: Tensor, b: Tensor, axes: TensordotAxes): DotParams["contract"] => {
  if (typeof axes === "number") {
    if (!Number.isInteger(axes) || axes < 0 || axes > Math.min(a.rank, b.rank))
      throw new ArgumentError({
        operation: "tensordot",
        rule: "the number of axes must be between 0 and the smaller rank",
        got: `${axes} for ${formatShape(a.shape)} and ${formatShape(b.shape)}`,
      });
    const places = Array.from({ length: axes }, (_, i) => i);
    return { left: places.map((i) => a.rank - axes + i), right: places };
  }
  const list = (side: number | readonly number[], rank: number): readonly number[] =>
    (typeof side === "number" ? [side] : side).map((axis) =>
      normalizeAxis("tensordot", axis, rank),
    );
  const [left, right] = [list(axes[0], a.rank), list(axes[1], b.rank)];
  if (new Set(left).size !== left.length || new Set(right).size !== right.length)
    throw new ArgumentError({
      operation: "tensordot",
      rule: "an axis may be named once",
      got: JSON.stringify(axes),
    });
  return { left, right };
};

/**
 * Sum of products over the given axes; the result has the other axes of `a`, then those of `b`. Throws ShapeError when
 * the sizes differ.
 *
 * ```ts doctest
 * import { tensor, tensordot } from "@adjoint/core";
 * await tensordot(tensor([[1, 2], [3, 4]]), tensor([10, 1]), 1).toArray(); // => [12, 34]
 * await tensordot(tensor([[1, 2], [3, 4]]), tensor([10, 1]), [0, 0]).toArray(); // => [13, 24]
 * ```
 */
export const tensordot = (a: TensorLike, b: TensorLike, axes: TensordotAxes = 2): Tensor => {
  const [x, y] = numericPair(a, b);
  return product(x, y, contraction(x, y, axes));
};

/**
 * `numpy.dot`: scalars multiply, otherwise sums over the last axis of `a` and the last but one (or only) of `b`.
 *
 * ```ts doctest
 * import { dot, tensor } from "@adjoint/core";
 * await dot(tensor([1, 2]), tensor([3, 4])).item(); // => 11
 * ```
 */
export const dot = (a: TensorLike, b: TensorLike): Tensor => {
  const [x, y] = numericPair(a, b);
  if (x.rank === 0 || y.rank === 0) return x.mul(y);
  return product(x, y, { left: [x.rank - 1], right: [Math.max(0, y.rank - 2)] });
};

/** Sum of the products of all elements of two tensors of one size, whatever their shapes. */
export const vdot = (a: TensorLike, b: TensorLike): Tensor => {
  const [x, y] = numericPair(a, b);
  if (x.size !== y.size)
    throw new ShapeError({
      operation: "vdot",
      rule: "needs equally many elements",
      got: `${formatShape(x.shape)} and ${formatShape(y.shape)}`,
    });
  return product(x.flatten(), y.flatten(), { left: [0], right: [0] });
};

/** Sums over the last axis of both (scalars multiply); the result has the other axes of `a`, then those of `b`. */
export const inner = (a: TensorLike, b: TensorLike): Tensor => {
  const [x, y] = numericPair(a, b);
  if (x.rank === 0 || y.rank === 0) return x.mul(y);
  return product(x, y, { left: [x.rank - 1], right: [y.rank - 1] });
};

/**
 * Every element of `a` times every element of `b`, as a matrix.
 *
 * ```ts doctest
 * import { outer, tensor } from "@adjoint/core";
 * await outer(tensor([1, 2]), tensor([3, 4])).toArray(); // => [[3, 4], [6, 8]]
 * ```
 */
export const outer = (a: TensorLike, b: TensorLike): Tensor => {
  const [x, y] = pairOf(a, b);
  return x.reshape([x.size, 1]).mul(y.reshape([1, y.size]));
};

/** Matrix product as `numpy.matmul`: the last two axes multiply, the others broadcast. Throws ShapeError. */
export const matmul = (a: Tensor, b: Tensor): Tensor => {
  const [x, y] = numericPair(a, b);
  return x.matmul(y);
};
