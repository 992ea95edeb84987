import { checkDType, type DType } from "../dtype.ts";
import { bitcastP } from "../primitives/convert.ts";
import type { Tensor, TensorLike } from "../tensor.ts";
import { applyOne, asTensor } from "./operand.ts";

/**
 * Converts to another dtype. Floats become integers by dropping the fraction, values out of range take the nearest bound
 * and NaN becomes 0; int32 and uint32 wrap into each other; to bool, everything but 0 is true.
 * Differentiable between floating-point types.
 *
 * ```ts doctest
 * import { cast, tensor } from "@adjoint/core";
 * await cast(tensor([-1.5, 2.9, 3e9, NaN]), "int32").toArray(); // => [-1, 2, 2147483647, 0]
 * ```
 */
export const cast = (x: TensorLike, dtype: DType): Tensor =>
  asTensor(x).cast(checkDType("cast", dtype));

/**
 * The same 32 bits read as another 32-bit dtype; throws DTypeError for others.
 *
 * ```ts doctest
 * import { bitcast } from "@adjoint/core";
 * await bitcast(1, "int32").item(); // => 1065353216
 * ```
 */
export const bitcast = (x: TensorLike, dtype: DType): Tensor =>
  applyOne(bitcastP, [asTensor(x)], { dtype: checkDType("bitcast", dtype) });
