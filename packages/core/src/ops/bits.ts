import {
  andP,
  orP,
  shiftLeftP,
  shiftRightArithmeticP,
  shiftRightLogicalP,
  xorP,
} from "../primitives/binary.ts";
import { notP, type NoParams } from "../primitives/unary.ts";
import type { Primitive } from "../primitives/primitive.ts";
import type { Tensor, TensorLike } from "../tensor.ts";
import { applyPlain, asTensor, pairOf } from "./operand.ts";

const truth = (x: TensorLike): Tensor => {
  const t = asTensor(x);
  return t.dtype === "bool" ? t : t.notEqual(0);
};

const logical = (primitive: Primitive<NoParams>, a: TensorLike, b: TensorLike): Tensor =>
  applyPlain(primitive, truth(a), truth(b));

/** Whether both are true (nonzero), elementwise, as bool. */
export const logicalAnd = (a: TensorLike, b: TensorLike): Tensor => logical(andP, a, b);

/** Whether either is true (nonzero), elementwise, as bool. */
export const logicalOr = (a: TensorLike, b: TensorLike): Tensor => logical(orP, a, b);

/** Whether exactly one is true (nonzero), elementwise, as bool. */
export const logicalXor = (a: TensorLike, b: TensorLike): Tensor => logical(xorP, a, b);

/** Whether `x` is false (zero), elementwise, as bool. */
export const logicalNot = (x: TensorLike): Tensor => applyPlain(notP, truth(x));

/**
 * Bitwise and of integers (logical and of bools), elementwise; throws DTypeError for floats.
 *
 * ```ts doctest
 * import { bitwiseAnd, tensor } from "@adjoint/core";
 * await bitwiseAnd(tensor([12, 10], { dtype: "int32" }), 6).toArray(); // => [4, 2]
 * ```
 */
export const bitwiseAnd = (a: TensorLike, b: TensorLike): Tensor =>
  applyPlain(andP, ...pairOf(a, b));

/** Bitwise or of integers or bools, elementwise. */
export const bitwiseOr = (a: TensorLike, b: TensorLike): Tensor => applyPlain(orP, ...pairOf(a, b));

/** Bitwise exclusive or of integers or bools, elementwise. */
export const bitwiseXor = (a: TensorLike, b: TensorLike): Tensor =>
  applyPlain(xorP, ...pairOf(a, b));

/** Every bit turned around, elementwise; logical not of bools. */
export const bitwiseNot = (x: TensorLike): Tensor => applyPlain(notP, asTensor(x));

/** Bits of an integer moved up by `count`, elementwise; 32 or more give 0. */
export const leftShift = (x: TensorLike, count: TensorLike): Tensor =>
  applyPlain(shiftLeftP, ...pairOf(x, count));

/** Bits of an integer moved down by `count`, elementwise: int32 keeps its sign, uint32 fills with zeros. */
export const rightShift = (x: TensorLike, count: TensorLike): Tensor => {
  const [value, by] = pairOf(x, count);
  return applyPlain(
    value.dtype === "uint32" ? shiftRightLogicalP : shiftRightArithmeticP,
    value,
    by,
  );
};
