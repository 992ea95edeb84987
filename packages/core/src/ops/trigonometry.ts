import { atan2P } from "../primitives/binary.ts";
import { acoshP, acosP, asinhP, asinP, atanhP, atanP, tanP } from "../primitives/unary.ts";
import type { Tensor, TensorLike } from "../tensor.ts";
import { applyPlain, floatOf, floatPairOf } from "./operand.ts";

/** Sine of radians, elementwise; integers become float32, as in all functions of this family. */
export const sin = (x: TensorLike): Tensor => floatOf(x).sin();

/** Cosine of radians, elementwise. */
export const cos = (x: TensorLike): Tensor => floatOf(x).cos();

/** Tangent of radians, elementwise. */
export const tan = (x: TensorLike): Tensor => applyPlain(tanP, floatOf(x));

/** Inverse sine, elementwise, in [-pi/2, pi/2]; NaN outside [-1, 1]. */
export const asin = (x: TensorLike): Tensor => applyPlain(asinP, floatOf(x));

/** Inverse cosine, elementwise, in [0, pi]; NaN outside [-1, 1]. */
export const acos = (x: TensorLike): Tensor => applyPlain(acosP, floatOf(x));

/** Inverse tangent, elementwise, in (-pi/2, pi/2). */
export const atan = (x: TensorLike): Tensor => applyPlain(atanP, floatOf(x));

/**
 * Angle of the point (x, y) from the positive x axis, elementwise, in [-pi, pi].
 *
 * ```ts doctest
 * import { atan2, tensor } from "@adjoint/core";
 * await atan2(tensor([0, 0]), tensor([1, 2])).toArray(); // => [0, 0]
 * ```
 */
export const atan2 = (y: TensorLike, x: TensorLike): Tensor =>
  applyPlain(atan2P, ...floatPairOf(y, x));

/** Hyperbolic sine, elementwise. */
export const sinh = (x: TensorLike): Tensor => floatOf(x).sinh();

/** Hyperbolic cosine, elementwise. */
export const cosh = (x: TensorLike): Tensor => floatOf(x).cosh();

/** Hyperbolic tangent, elementwise. */
export const tanh = (x: TensorLike): Tensor => floatOf(x).tanh();

/** Inverse hyperbolic sine, elementwise. */
export const asinh = (x: TensorLike): Tensor => applyPlain(asinhP, floatOf(x));

/** Inverse hyperbolic cosine, elementwise; NaN below 1. */
export const acosh = (x: TensorLike): Tensor => applyPlain(acoshP, floatOf(x));

/** Inverse hyperbolic tangent, elementwise; NaN outside [-1, 1]. */
export const atanh = (x: TensorLike): Tensor => applyPlain(atanhP, floatOf(x));
