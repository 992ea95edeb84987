import { type DType, isFloat, promoteTypes } from "./dtype.ts";
import { ArgumentError } from "./errors.ts";
import type { Tensor, TensorLike } from "./tensor.ts";

const isNumber = (x: TensorLike): x is number => typeof x === "number";
const isConstant = (x: TensorLike): x is number | boolean =>
  typeof x === "number" || typeof x === "boolean";

/** dtype that a JavaScript constant takes beside a tensor of `dtype`: it adapts, unless that would lose a fraction. */
const constantType = (value: number | boolean, dtype: DType): DType => {
  if (!isNumber(value)) return "bool";
  if (isFloat(dtype)) return dtype;
  if (!Number.isInteger(value)) return "float32";
  return dtype === "bool" ? "int32" : dtype;
};

const outOfRange = (value: number, dtype: DType): boolean =>
  (dtype === "int32" && value !== (value | 0)) || (dtype === "uint32" && value !== value >>> 0);

const literal = (root: Tensor, value: number | boolean): Tensor => {
  if (!isNumber(value)) return root.literal(value ? 1 : 0, "bool");
  const dtype = constantType(value, root.dtype);
  if (outOfRange(value, dtype))
    throw new ArgumentError({
      operation: "promote",
      rule: `a number beside a tensor must fit its dtype`,
      got: `${value} beside ${dtype}`,
      fix: "cast the tensor first",
    });
  return root.literal(value, dtype);
};

/** Operands come from code that no type checker may have seen. */
const checkOperand = (x: Tensor): Tensor => {
  const given: unknown = x;
  if (typeof given === "object" && given !== null && "aval" in given) return x;
  throw new ArgumentError({
    operation: "promote",
    rule: "an operand must be a tensor, a number or a boolean",
    got: Array.isArray(given) ? "an array" : given === null ? "null" : typeof given,
    fix: "make one with tensor(...)",
  });
};

/** dtype that a number passed as an argument takes beside `other`. */
const numberType = (number: Tensor, other: Tensor): DType => {
  if (isFloat(other.dtype) || number.aval.number === undefined) return other.dtype;
  return constantType(number.aval.number === "whole" ? 0 : 0.5, other.dtype);
};

const isArgumentNumber = (x: Tensor): boolean => x.aval.number !== undefined;

/** `x`, adapted to `other` when it was passed as a JavaScript number and `other` was not. */
const adapt = (x: Tensor, other: Tensor): Tensor =>
  isArgumentNumber(x) && !isArgumentNumber(other) ? x.cast(numberType(x, other)) : x;

/** Brings `self` and an operand to one dtype; numbers adapt to the tensor, two tensors promote as in JAX. */
export const promotePair = (self: Tensor, other: TensorLike): readonly [Tensor, Tensor] => {
  const tensor = isConstant(other) ? literal(self, other) : checkOperand(other);
  const [a, b] = [adapt(self, tensor), adapt(tensor, self)];
  const dtype = promoteTypes(a.dtype, b.dtype);
  return [a.cast(dtype), b.cast(dtype)];
};

/** Brings several tensors to their common dtype. */
export const promoteTo = (tensors: readonly Tensor[]): readonly Tensor[] => {
  const other = tensors.find((t) => !isArgumentNumber(t));
  const adapted = other === undefined ? tensors : tensors.map((t) => adapt(t, other));
  const dtype = adapted.map((t) => t.dtype).reduce(promoteTypes, "bool");
  return adapted.map((t) => t.cast(dtype));
};

/** `x`, as float32 when it is an integer or bool. */
export const toFloat = (x: Tensor): Tensor => (isFloat(x.dtype) ? x : x.cast("float32"));

/** `x` in a precision that sums of it are safe in: float32 for half-precision types. */
export const widen = (x: Tensor): Tensor =>
  x.dtype === "float16" || x.dtype === "bfloat16" ? x.cast("float32") : x;
