import { ShapeError } from "../errors.ts";
import { choleskyP } from "../primitives/cholesky.ts";
import { luP, permuteRows, solveFactor } from "../primitives/lu.ts";
import { columnsOf, rowsOf } from "../primitives/matrices.ts";
import { identityOf, lowerMask, matrixTranspose, twoOperands } from "../primitives/operands.ts";
import { qrP } from "../primitives/qr.ts";
import { triangularSolveP } from "../primitives/triangular-solve.ts";
import { promoteTo, toFloat } from "../promote.ts";
import { broadcastShapes, formatShape } from "../shape.ts";
import { apply, type Tensor, type TensorLike } from "../tensor.ts";
import { applyOne, applyPlain, floatOf } from "./operand.ts";

const isSquare = ({ shape }: Tensor): boolean => shape.length >= 2 && shape.at(-1) === shape.at(-2);

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
  return applyPlain(choleskyP, isSquare(x) ? x.add(matrixTranspose(x)).mul(0.5) : x);
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
  const [x, y] = twoOperands(operation, promoteTo([floatOf(a), floatOf(b)]).map(toFloat));
  if (x.rank < 2 || y.rank < 2)
    throw new ShapeError({
      operation,
      rule: "takes matrices a (..., n, n) and b (..., n, k)",
      got: `${formatShape(x.shape)} and ${formatShape(y.shape)}`,
      fix: "give a vector an axis with expandDims(-1)",
    });
  const lead = broadcastShapes(operation, x.shape.slice(0, -2), y.shape.slice(0, -2));
  return [
    x.broadcastTo([...lead, ...x.shape.slice(-2)]),
    y.broadcastTo([...lead, ...y.shape.slice(-2)]),
  ];
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
export const triangularSolve = (
  a: TensorLike,
  b: TensorLike,
  options: TriangularSolveOptions = {},
): Tensor => {
  const { leftSide = true, lower = true, transposeA = false, unitDiagonal = false } = options;
  if (!leftSide) {
    const flipped = { lower, transposeA: !transposeA, unitDiagonal };
    return matrixTranspose(triangularSolve(a, matrixTranspose(floatOf(b)), flipped));
  }
  return applyOne(triangularSolveP, systemOf("triangularSolve", a, b), {
    lower,
    transposeA,
    unitDiagonal,
  });
};

/**
 * Reduced QR of matrices (..., m, n): `q` (..., m, k) with orthonormal columns and upper triangular `r` (..., k, n),
 * k = min(m, n), with LAPACK's signs. Derivatives need the first k columns to be independent.
 */
export const qr = (a: TensorLike): { readonly q: Tensor; readonly r: Tensor } => {
  const [q, r] = twoOperands("qr", apply(qrP, [floatOf(a)], {}));
  return { q, r };
};

/**
 * LU factors with row pivoting of square matrices (..., n, n): unit lower `l`, upper `u` and int32 `order` (..., n),
 * such that the rows `order` of the matrix are l times u.
 */
export const lu = (
  a: TensorLike,
): { readonly l: Tensor; readonly u: Tensor; readonly order: Tensor } => {
  const [factors, order] = twoOperands("lu", apply(luP, [floatOf(a)], {}));
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
  const [factors, order] = twoOperands("lu", apply(luP, [x], {}));
  return solveFactor(factors, solveFactor(factors, permuteRows(order, y), "lower"), "upper");
};

/** Inverse of square matrices (..., n, n); a singular one gives Infinity or NaN. Prefer `solve` to multiplying by it. */
export const inv = (a: TensorLike): Tensor => {
  const x = floatOf(a);
  if (x.rank < 2)
    throw new ShapeError({
      operation: "inv",
      rule: "takes matrices (..., n, n)",
      got: formatShape(x.shape),
    });
  return solve(x, identityOf(x, columnsOf(x.shape)));
};
