import { isFloat } from "../dtype.ts";
import { ceilP } from "../primitives/unary.ts";
import type { Tensor, TensorLike } from "../tensor.ts";
import { applyPlain, asTensor } from "./operand.ts";

/** Largest integer not above `x`, elementwise; integers and bools stay as they are, as in all rounding functions. */
export const floor = (x: TensorLike): Tensor => asTensor(x).floor();

/** Smallest integer not below `x`, elementwise. */
export const ceil = (x: TensorLike): Tensor => {
  const t = asTensor(x);
  return isFloat(t.dtype) ? applyPlain(ceilP, t) : t;
};

/**
 * Nearest integer, ties to even, elementwise.
 *
 * ```ts doctest
 * import { round, tensor } from "@adjoint/core";
 * await round(tensor([0.5, 1.5, 2.5])).toArray(); // => [0, 2, 2]
 * ```
 */
export const round = (x: TensorLike): Tensor => asTensor(x).round();

/** Integer part, elementwise: rounds towards 0 and keeps the sign of zeros. */
export const trunc = (x: TensorLike): Tensor => {
  const t = asTensor(x);
  return isFloat(t.dtype) ? t.less(0).where(ceil(t), t.floor()) : t;
};
