import { ShapeError } from "../errors.ts";
import { choleskyP } from "../primitives/cholesky.ts";
import { luP, permuteRows, solveFactor } from "../primitives/lu.ts";
import { columnsOf, rowsOf } from "../primitives/matrices.ts";
import { identityOf, indicesOf, lowerMask, matrixTranspose } from "../primitives/operands.ts";
import { qrP } from "../primitives/qr.ts";
import { triangularSolveP } from "../primitives/triangular-solve.ts";
import { stopGradientP } from "../primitives/unary.ts";
import { promoteTo, toFloat } from "../promote.ts";
import { broadcastShapes, formatShape } from "../shape.ts";
import { apply, type Tensor, type TensorLike } from "../tensor.ts";
import { applyOne, applyPlain, floatOf } from "./operand.ts";

const two = (list: readonly Tensor[]): readonly [Tensor, Tensor] => {
  const [a, b] = list;
  if (a === undefined || b === undefined) throw new ShapeError({ operation: "linalg", rule: "needs two values" });
  return [a, b];
};

/**
 * Lower factor L of symmetric positive definite matrices (..., n, n), L times its transpose being the matrix. The
 * argument is made symmetric first, so derivatives are symmetric; where it is not positive definite, NaN.
 *
 * ```ts doctest
 * import { cholesky, tensor } from "@adjoint/core";
 * await cholesky(tensor([[4, 2], [2, 2]])).toArray(); // => [[2, 0], [1, 1]]
 * ```
 */
export const cholesky = (a: TensorLike): Tensor => {
  const x = floatOf(a);
  return applyPlain(choleskyP, x.rank < 2 ? x : x.add(matrixTranspose(x)).mul(0.5));
};

/** Settings of `triangularSolve`. */
export type TriangularSolveOptions = {
  /** Solve op(a) x = b (default true), or x op(a) = b. */
  readonly leftSide?: boolean;
  /** Whether the lower triangle (default true) or the upper one is read. */
  readonly lower?: boolean;
  readonly transposeA?: boolean;
  /** Take the diagonal as ones, without reading it. */
  readonly unitDiagonal?: boolean;
};

/** Brings a and b to one float dtype and to common leading axes. */
const systemOf = (operation: string, a: TensorLike, b: TensorLike): readonly [Tensor, Tensor] => {
  const [x, y] = two(promoteTo([floatOf(a), floatOf(b)]).map(toFloat));
  if (x.rank < 2 || y.rank < 2)
    throw new ShapeError({
      operation,
      rule: "takes matrices a (..., n, n) and b (..., n, k)",
      got: `${formatShape(x.shape)} and ${formatShape(y.shape)}`,
      fix: "give a vector an axis with expandDims(-1)",
    });
  const lead = broadcastShapes(operation, x.shape.slice(0, -2), y.shape.slice(0, -2));
  return [x.broadcastTo([...lead, ...x.shape.slice(-2)]), y.broadcastTo([...lead, ...y.shape.slice(-2)])];
};

/**
 * Solves op(a) x = b for triangular a (..., n, n) and b (..., n, k); the other triangle is not read and leading axes
 * broadcast. Throws ShapeError when the shapes do not fit.
 *
 * ```ts doctest
 * import { tensor, triangularSolve } from "@adjoint/core";
 * await triangularSolve(tensor([[2, 0], [1, 1]]), tensor([[4], [5]])).toArray(); // => [[2], [3]]
 * ```
 */
export const triangularSolve = (a: TensorLike, b: TensorLike, options: TriangularSolveOptions = {}): Tensor => {
  const { leftSide = true, lower = true, transposeA = false, unitDiagonal = false } = options;
  if (!leftSide) {
    const flipped = { lower, transposeA: !transposeA, unitDiagonal };
    return matrixTranspose(triangularSolve(a, matrixTranspose(floatOf(b)), flipped));
  }
  return applyOne(triangularSolveP, systemOf("triangularSolve", a, b), { lower, transposeA, unitDiagonal });
};

/**
 * Reduced QR of matrices (..., m, n): `q` (..., m, k) with orthonormal columns and upper triangular `r` (..., k, n),
 * k = min(m, n), with LAPACK's signs. Derivatives need the first k columns to be independent.
 */
export const qr = (a: TensorLike): { readonly q: Tensor; readonly r: Tensor } => {
  const [q, r] = two(apply(qrP, [floatOf(a)], {}));
  return { q, r };
};

/**
 * LU factors with row pivoting of square matrices (..., n, n): unit lower `l`, upper `u` and int32 `order` (..., n),
 * such that the rows `order` of the matrix are l times u.
 */
export const lu = (a: TensorLike): { readonly l: Tensor; readonly u: Tensor; readonly order: Tensor } => {
  const [factors, order] = two(apply(luP, [floatOf(a)], {}));
  const n = rowsOf(factors.shape);
  const below = lowerMask(factors, n, n, -1);
  return { l: below.where(factors, identityOf(factors, n)), u: below.where(0, factors), order };
};

/**
 * Solves a x = b for square a (..., n, n) by LU with pivoting. A vector b (n) gives a vector; otherwise b is
 * (..., n, k), and leading axes broadcast. A singular matrix gives Infinity or NaN.
 *
 * ```ts doctest
 * import { solve, tensor } from "@adjoint/core";
 * await solve(tensor([[0, 2], [1, 0]]), tensor([4, 3])).toArray(); // => [3, 2]
 * ```
 */
export const solve = (a: TensorLike, b: TensorLike): Tensor => {
  const right = floatOf(b);
  if (right.rank === 1) return solve(a, right.expandDims(-1)).squeeze(-1);
  const [x, y] = systemOf("solve", a, right);
  if (rowsOf(x.shape) !== columnsOf(x.shape) || rowsOf(x.shape) !== rowsOf(y.shape))
    throw new ShapeError({
      operation: "solve",
      rule: "takes a (..., n, n) and b (..., n, k) or (n)",
      got: `${formatShape(x.shape)} and ${formatShape(y.shape)}`,
    });
  const [factors, order] = two(apply(luP, [x], {}));
  return solveFactor(factors, solveFactor(factors, permuteRows(order, y), "lower"), "upper");
};

/** Inverse of square matrices (..., n, n); a singular one gives Infinity or NaN. Prefer `solve` to multiplying by it. */
export const inv = (a: TensorLike): Tensor => {
  const x = floatOf(a);
  if (x.rank < 2) throw new ShapeError({ operation: "inv", rule: "takes matrices (..., n, n)", got: formatShape(x.shape) });
  return solve(x, identityOf(x, columnsOf(x.shape)));
};

/** 1 or -1 by the parity of a permutation (..., n): that of its number of inversions. */
const signOfOrder = (order: Tensor): Tensor => {
  const n = order.shape.at(-1) ?? 0;
  const isLater = indicesOf(order, [n, 1], 0).less(indicesOf(order, [1, n], 1));
  const inverted = order.expandDims(-1).greater(order.expandDims(-2));
  const count = isLater.where(inverted, false).cast("float32").sum([-2, -1]);
  return count.sub(count.div(2).floor().mul(2)).mul(-2).add(1);
};

/** Diagonal of U and the sign of the row exchanges. */
const pivotsOf = (a: TensorLike): { readonly pivots: Tensor; readonly sign: Tensor } => {
  const [factors, order] = two(apply(luP, [floatOf(a)], {}));
  const n = rowsOf(factors.shape);
  const pivots = identityOf(factors, n).equal(1).where(factors, 0).sum(-1);
  return { pivots, sign: signOfOrder(order).cast(factors.dtype) };
};

/**
 * Sign (1, -1 or 0) and logarithm of the magnitude of the determinant of matrices (..., n, n); -Infinity for a singular
 * one, where the derivative does not exist.
 */
export const slogdet = (a: TensorLike): { readonly sign: Tensor; readonly logAbs: Tensor } => {
  const { pivots, sign } = pivotsOf(a);
  return { sign: sign.mul(pivots.sign().prod(-1)), logAbs: pivots.abs().log().sum(-1) };
};

/**
 * Determinant of matrices (..., n, n). Derivatives go through the inverse, so at a singular matrix they are NaN.
 *
 * ```ts doctest
 * import { det, tensor } from "@adjoint/core";
 * await det(tensor([[0, 2], [3, 0]])).item(); // => -6
 * ```
 */
export const det = (a: TensorLike): Tensor => {
  const { pivots, sign } = pivotsOf(a);
  const value = applyPlain(stopGradientP, sign.mul(pivots.prod(-1)));
  const logarithm = pivots.equal(0).where(1, pivots).abs().log().sum(-1);
  // exp(0) carries the derivative: that of the logarithm, instead of a product rule with n^2 terms
  return value.mul(logarithm.sub(applyPlain(stopGradientP, logarithm)).exp());
};
