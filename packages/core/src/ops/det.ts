import { luP } from "../primitives/lu.ts";
import { rowsOf } from "../primitives/matrices.ts";
import { identityOf, indicesOf, twoOperands } from "../primitives/operands.ts";
import { stopGradientP } from "../primitives/unary.ts";
import { apply, type Tensor, type TensorLike } from "../tensor.ts";
import { applyPlain, floatOf } from "./operand.ts";

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
  const [factors, order] = twoOperands("lu", apply(luP, [floatOf(a)], {}));
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
