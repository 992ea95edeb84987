import { ArgumentError, ShapeError } from "../errors.ts";
import type { ScatterMode } from "../primitives/gather-kernels.ts";
import { gatherP, scatterP } from "../primitives/gather-scatter.ts";
import { formatShape, type Shape } from "../shape.ts";
import type { Tensor, TensorLike } from "../tensor.ts";
import { fromStart, type IndexLike, indicesOf, spreadUpdates, updatesOf } from "./indices.ts";
import { applyOne, asTensor } from "./operand.ts";

/** Settings of `gather` and the scatter functions. */
export type GatherOptions = {
  /** Leading axes of operand and indices that run in parallel; default 0. */
  readonly batchDims?: number;
};

type Prepared = { readonly indices: Tensor; readonly shape: Shape };

const prepare = (operation: string, x: Tensor, indices: IndexLike, batchDims: number): Prepared => {
  const table = indicesOf(operation, indices);
  if (!Number.isInteger(batchDims) || batchDims < 0)
    throw new ArgumentError({
      operation,
      rule: "batchDims must be a whole number of 0 or more",
      got: `${batchDims}`,
    });
  const k = table.shape.at(-1);
  if (k === undefined || batchDims + k > x.rank || table.rank <= batchDims)
    throw new ShapeError({
      operation,
      rule: "the last axis of the indices holds one number per indexed axis of the operand",
      got: `indices ${formatShape(table.shape)} for operand ${formatShape(x.shape)}`,
      fix: "add an axis of size 1 to index one axis, or use take",
    });
  const indexed = x.shape.slice(batchDims, batchDims + k);
  const shape = [...table.shape.slice(0, -1), ...x.shape.slice(batchDims + k)];
  return { indices: fromStart(table, indexed), shape };
};

/**
 * Windows of `x` (B..., I..., S...) at index rows (B..., O..., k), k the number of axes I: (B..., O..., S...).
 * Negative indices count from the end; indices out of range are clamped.
 * Throws DTypeError for indices that are not integers, ShapeError for shapes that do not fit.
 *
 * ```ts doctest
 * import { gather, tensor } from "@adjoint/core";
 * const x = tensor([[1, 2], [3, 4], [5, 6]]);
 * await gather(x, [[2], [0]]).toArray(); // => [[5, 6], [1, 2]]
 * await gather(x, [[2, 1], [0, -1]]).toArray(); // => [6, 2]
 * ```
 * @see https://onnx.ai/onnx/operators/onnx__GatherND.html
 */
export const gather = (
  x: Tensor,
  indices: IndexLike,
  { batchDims = 0 }: GatherOptions = {},
): Tensor => {
  const operand = asTensor(x);
  const prepared = prepare("gather", operand, indices, batchDims);
  return applyOne(gatherP, [operand, prepared.indices], { batchDims });
};

const scatter = (
  name: string,
  mode: ScatterMode,
  x: Tensor,
  indices: IndexLike,
  updates: TensorLike,
  options: GatherOptions,
): Tensor => {
  const { batchDims = 0 } = options;
  const operand = asTensor(x);
  const prepared = prepare(name, operand, indices, batchDims);
  const values = spreadUpdates(name, updatesOf(name, operand, updates), prepared.shape);
  return applyOne(scatterP, [operand, prepared.indices, values], { batchDims, mode });
};

/**
 * `x` (B..., I..., S...) with `updates` (B..., O..., S...) written at index rows (B..., O..., k).
 * Of several updates to one place the last (row-major) wins, and it alone gets a gradient. Updates broadcast;
 * negative indices count from the end, rows out of range are dropped.
 *
 * ```ts doctest
 * import { scatterSet, tensor } from "@adjoint/core";
 * await scatterSet(tensor([1, 2, 3]), [[0], [-1]], tensor([10, 30])).toArray(); // => [10, 2, 30]
 * ```
 */
export const scatterSet = (
  x: Tensor,
  indices: IndexLike,
  updates: TensorLike,
  options: GatherOptions = {},
): Tensor => scatter("scatterSet", "set", x, indices, updates, options);

/**
 * As `scatterSet`, adding the updates to what is there.
 *
 * ```ts doctest
 * import { scatterAdd, zeros } from "@adjoint/core";
 * await scatterAdd(zeros([3]), [[1], [1], [7]], 1).toArray(); // => [0, 2, 0]
 * ```
 */
export const scatterAdd = (
  x: Tensor,
  indices: IndexLike,
  updates: TensorLike,
  options: GatherOptions = {},
): Tensor => scatter("scatterAdd", "add", x, indices, updates, options);

/** As `scatterSet`, multiplying what is there by the updates. */
export const scatterMul = (
  x: Tensor,
  indices: IndexLike,
  updates: TensorLike,
  options: GatherOptions = {},
): Tensor => scatter("scatterMul", "mul", x, indices, updates, options);

/** As `scatterSet`, keeping the larger of what is there and the updates; those that tie share the gradient. */
export const scatterMax = (
  x: Tensor,
  indices: IndexLike,
  updates: TensorLike,
  options: GatherOptions = {},
): Tensor => scatter("scatterMax", "max", x, indices, updates, options);

/** As `scatterSet`, keeping the smaller of what is there and the updates; those that tie share the gradient. */
export const scatterMin = (
  x: Tensor,
  indices: IndexLike,
  updates: TensorLike,
  options: GatherOptions = {},
): Tensor => scatter("scatterMin", "min", x, indices, updates, options);
