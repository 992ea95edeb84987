import { ArgumentError, ShapeError } from "../errors.ts";
import { padP } from "../primitives/pad.ts";
import { dim, formatShape, normalizeAxis, sizeOf } from "../shape.ts";
import type { Tensor, TensorLike } from "../tensor.ts";
import { iota } from "./ranges.ts";
import { applyOne, asTensor, constantLike } from "./operand.ts";

/** Setting of operations on a diagonal. */
export type DiagonalOptions = {
  /** 0 (default) the main diagonal, positive above it, negative below. */
  readonly offset?: number;
};

/** Settings of `diagonal` and `trace`: the two axes of the matrices, the first two by default (as in JAX). */
export type MatrixOptions = DiagonalOptions & { readonly axis1?: number; readonly axis2?: number };

const checkOffset = (operation: string, offset: number): number => {
  if (Number.isInteger(offset)) return offset;
  throw new ArgumentError({ operation, rule: "offset must be a whole number", got: `${offset}` });
};

/** Column minus row of every place of the last two axes. */
const columnMinusRow = (operation: string, x: Tensor): Tensor => {
  if (x.rank < 2)
    throw new ShapeError({ operation, rule: "needs at least two axes", got: formatShape(x.shape) });
  const matrix = x.shape.slice(-2);
  return iota(matrix, 1).sub(iota(matrix, 0));
};

/**
 * Lower triangle of matrices (..., m, n): zeros above the diagonal `offset`.
 *
 * ```ts doctest
 * import { ones, tril } from "@adjoint/core";
 * await tril(ones([2, 3])).toArray(); // => [[1, 0, 0], [1, 1, 0]]
 * ```
 */
export const tril = (x: TensorLike, { offset = 0 }: DiagonalOptions = {}): Tensor => {
  const t = asTensor(x);
  return columnMinusRow("tril", t)
    .lessEqual(checkOffset("tril", offset))
    .where(t, constantLike(t, 0));
};

/** Upper triangle of matrices (..., m, n): zeros below the diagonal `offset`. */
export const triu = (x: TensorLike, { offset = 0 }: DiagonalOptions = {}): Tensor => {
  const t = asTensor(x);
  return columnMinusRow("triu", t)
    .greaterEqual(checkOffset("triu", offset))
    .where(t, constantLike(t, 0));
};

/** Diagonal of matrices (..., m, n) as (..., k): every (n + 1)-th element of the flattened matrix. */
const lastDiagonal = (x: Tensor, offset: number): Tensor => {
  const lead = x.shape.slice(0, -2);
  const [m, n] = [dim(x.shape, lead.length), dim(x.shape, lead.length + 1)];
  const count = Math.max(0, Math.min(m + Math.min(0, offset), n - Math.max(0, offset)));
  const start = count === 0 ? 0 : offset >= 0 ? offset : -offset * n;
  const limit = count === 0 ? 0 : start + (count - 1) * (n + 1) + 1;
  const none = lead.map(() => 0);
  return x
    .reshape([...lead, m * n])
    .slice([...none, start], [...lead, limit], [...lead.map(() => 1), n + 1]);
};

/**
 * Diagonals of the matrices in two axes, as a new last axis.
 *
 * ```ts doctest
 * import { diagonal, tensor } from "@adjoint/core";
 * await diagonal(tensor([[1, 2], [3, 4]])).toArray(); // => [1, 4]
 * await diagonal(tensor([[1, 2], [3, 4]]), { offset: 1 }).toArray(); // => [2]
 * ```
 */
export const diagonal = (
  x: TensorLike,
  { offset = 0, axis1 = 0, axis2 = 1 }: MatrixOptions = {},
): Tensor => {
  const t = asTensor(x);
  if (t.rank < 2)
    throw new ShapeError({
      operation: "diagonal",
      rule: "needs at least two axes",
      got: formatShape(t.shape),
    });
  const [a, b] = [
    normalizeAxis("diagonal", axis1, t.rank),
    normalizeAxis("diagonal", axis2, t.rank),
  ];
  if (a === b)
    throw new ShapeError({
      operation: "diagonal",
      rule: "axis1 and axis2 must differ",
      got: `${axis1} and ${axis2}`,
    });
  const rest = t.shape.flatMap((_, i) => (i === a || i === b ? [] : [i]));
  return lastDiagonal(t.transpose([...rest, a, b]), checkOffset("diagonal", offset));
};

/** Sum of a diagonal of the matrices in two axes; bools count as int32. */
export const trace = (x: TensorLike, options: MatrixOptions = {}): Tensor =>
  diagonal(x, options).sum(-1);

/** A square matrix with the vector on a diagonal: each element but the last is followed by n zeros. */
const onDiagonal = (x: Tensor, offset: number): Tensor => {
  const length = sizeOf(x.shape);
  const n = length + Math.abs(offset);
  if (length === 0) return constantLike(x, 0).broadcastTo([n, n]);
  const low = offset >= 0 ? offset : -offset * n;
  const used = low + (length - 1) * (n + 1) + 1;
  return applyOne(padP, [x, constantLike(x, 0)], {
    low: [low],
    high: [n * n - used],
    interior: [n],
  }).reshape([n, n]);
};

/**
 * A vector (n) becomes a matrix with it on a diagonal; a matrix becomes its diagonal. Throws ShapeError for other ranks.
 *
 * ```ts doctest
 * import { diag, tensor } from "@adjoint/core";
 * await diag(tensor([1, 2])).toArray(); // => [[1, 0], [0, 2]]
 * await diag(tensor([[1, 2], [3, 4]])).toArray(); // => [1, 4]
 * ```
 */
export const diag = (x: TensorLike, { offset = 0 }: DiagonalOptions = {}): Tensor => {
  const t = asTensor(x);
  if (t.rank === 1) return onDiagonal(t, checkOffset("diag", offset));
  if (t.rank === 2) return diagonal(t, { offset });
  throw new ShapeError({
    operation: "diag",
    rule: "takes a vector or a matrix",
    got: formatShape(t.shape),
    fix: "use diagonal",
  });
};
