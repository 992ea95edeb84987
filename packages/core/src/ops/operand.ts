import type { DType } from "../dtype.ts";
import { ArgumentError } from "../errors.ts";
import { apply, Tensor, type TensorLike } from "../tensor.ts";
import { only, type Params, type Primitive } from "../primitives/primitive.ts";
import type { NoParams } from "../primitives/unary.ts";
import { promotePair, promoteTo, toFloat } from "../promote.ts";

/** Whether `value` is a tensor. */
export const isTensor = (value: unknown): value is Tensor => value instanceof Tensor;

const kindOf = (value: unknown): string =>
  Array.isArray(value) ? "an array" : value === null ? "null" : typeof value;

/**
 * The tensor that an operand stands for: tensors as they are, numbers as float32 scalars (or `dtype`), booleans as bool.
 * Throws ArgumentError for anything else.
 *
 * ```ts doctest
 * import { asTensor } from "@adjoint/core";
 * asTensor(2).dtype; // => "float32"
 * asTensor(true).dtype; // => "bool"
 * ```
 */
export const asTensor = (x: TensorLike, dtype?: DType): Tensor => {
  if (isTensor(x)) return dtype === undefined ? x : x.cast(dtype);
  if (typeof x === "boolean") return Tensor.literal(x ? 1 : 0, dtype ?? "bool");
  if (typeof x === "number") return Tensor.literal(x, dtype ?? "float32");
  throw new ArgumentError({
    operation: "asTensor",
    rule: "an operand must be a tensor, a number or a boolean",
    got: kindOf(x),
    fix: "make one with tensor(...)",
  });
};

/** Two operands brought to one dtype; a JavaScript number beside a tensor adapts to it. */
export const pairOf = (a: TensorLike, b: TensorLike): readonly [Tensor, Tensor] => {
  if (isTensor(a) || !isTensor(b))
    return promotePair(asTensor(a), isTensor(b) || isTensor(a) ? b : asTensor(b));
  const [y, x] = promotePair(b, a);
  return [x, y];
};

/** As `pairOf`, with integers made float32. */
export const floatPairOf = (a: TensorLike, b: TensorLike): readonly [Tensor, Tensor] => {
  const [x, y] = pairOf(a, b);
  return [toFloat(x), toFloat(y)];
};

/** The operand as a tensor of floating point; integers become float32. */
export const floatOf = (x: TensorLike): Tensor => toFloat(asTensor(x));

/** Any number of operands brought to one dtype. */
export const promoteAll = (operation: string, xs: readonly TensorLike[]): readonly Tensor[] => {
  if (xs.length === 0)
    throw new ArgumentError({ operation, rule: "needs at least one tensor", got: "none" });
  return promoteTo(xs.map((x) => asTensor(x)));
};

/** Applies a primitive with one result. */
export const applyOne = <P extends Params>(
  primitive: Primitive<P>,
  inputs: readonly Tensor[],
  params: P,
): Tensor => only(apply(primitive, inputs, params));

/** Applies a primitive without settings. */
export const applyPlain = (primitive: Primitive<NoParams>, ...inputs: readonly Tensor[]): Tensor =>
  applyOne(primitive, inputs, {});

/** A constant of the dtype of `like`. */
export const constantLike = (like: Tensor, value: number): Tensor =>
  Tensor.literal(value, like.dtype);
