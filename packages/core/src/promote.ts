import { type DType, isFloat, promoteTypes } from "./dtype.ts";
import type { Tensor, TensorLike } from "./tensor.ts";

const isNumber = (x: TensorLike): x is number => typeof x === "number";
const isConstant = (x: TensorLike): x is number | boolean => typeof x === "number" || typeof x === "boolean";

/** dtype that a JavaScript constant takes beside a tensor of `dtype`: it adapts, unless that would lose a fraction. */
const constantType = (value: number | boolean, dtype: DType): DType => {
  if (!isNumber(value)) return "bool";
  if (isFloat(dtype)) return dtype;
  if (!Number.isInteger(value)) return "float32";
  return dtype === "bool" ? "int32" : dtype;
};

const literal = (root: Tensor, value: number | boolean, dtype: DType): Tensor =>
  isNumber(value) ? root.literal(value, constantType(value, dtype)) : root.literal(value ? 1 : 0, "bool");

/** Brings `self` and an operand to one dtype; numbers adapt to the tensor, two tensors promote as in JAX. */
export const promotePair = (self: Tensor, other: TensorLike): readonly [Tensor, Tensor] => {
  const tensor = isConstant(other) ? literal(self, other, self.dtype) : other;
  const dtype = promoteTypes(self.dtype, tensor.dtype);
  return [self.cast(dtype), tensor.cast(dtype)];
};

/** `x`, as float32 when it is an integer or bool. */
export const toFloat = (x: Tensor): Tensor => (isFloat(x.dtype) ? x : x.cast("float32"));
