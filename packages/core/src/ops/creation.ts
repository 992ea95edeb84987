import { getBackend } from "../backend/current.ts";
import { checkDType, type DType } from "../dtype.ts";
import { allocate, type HostArray } from "../host-array.ts";
import { isTracing } from "../ir/trace.ts";
import { checkShape, type Shape, sizeOf } from "../shape.ts";
import { Tensor, type TensorLike } from "../tensor.ts";
import { asTensor } from "./operand.ts";
import {
  dtypeOf,
  hostFromNested,
  hostFromTyped,
  isTypedArray,
  type NestedData,
  refuseBigInts,
  type TypedArray,
} from "./tensor-data.ts";

/** Setting of functions that make tensors. */
export type DTypeOptions = {
  /** Element type of the result. */
  readonly dtype?: DType;
};

/** Settings of `tensor`. */
export type TensorOptions = DTypeOptions & {
  /** Shape to give the elements of a typed array; one axis when absent. */
  readonly shape?: Shape;
};

const stored = (array: HostArray): Tensor => Tensor.stored(getBackend().fromHost(array));

/**
 * A tensor from a number, a boolean, nested arrays of them, or a typed array. Numbers give float32 (write
 * `{ dtype: "int32" }` for integers), booleans bool, typed arrays their own type (8- and 16-bit integers give int32).
 * Conversion is that of `cast`: numbers out of an integer dtype's range take the nearest bound, NaN gives 0.
 * Throws ShapeError with the position of the first ragged row, ArgumentError for elements that are not numbers.
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * tensor([[1, 2, 3], [4, 5, 6]]).shape; // => [2, 3]
 * tensor([true, false]).dtype; // => "bool"
 * await tensor(new Int32Array([1, 2, 3, 4]), { shape: [2, 2] }).toArray(); // => [[1, 2], [3, 4]]
 * ```
 */
export const tensor = (data: NestedData | TypedArray, options: TensorOptions = {}): Tensor => {
  refuseBigInts(data);
  const dtype = options.dtype === undefined ? undefined : checkDType("tensor", options.dtype);
  if (isTypedArray(data)) return fromData(data, options.shape ?? [data.length], dtype);
  const result = stored(hostFromNested(data, dtype));
  return options.shape === undefined ? result : result.reshape(options.shape);
};

/**
 * A tensor of `shape` with a copy of the elements of a typed array in row-major order.
 *
 * ```ts doctest
 * import { fromData } from "@adjoint/core";
 * await fromData(new Uint8Array([0, 1, 2, 3]), [2, 2], "float32").toArray(); // => [[0, 1], [2, 3]]
 * ```
 */
export const fromData = (data: TypedArray, shape: Shape, dtype: DType = dtypeOf(data)): Tensor =>
  stored(hostFromTyped(data, shape, checkDType("fromData", dtype)));

/** Inside a traced function a constant is an operation of the program, not data that it carries along. */
const filled = (shape: Shape, value: number, dtype: DType): Tensor => {
  const literal = Tensor.literal(value, checkDType("full", dtype));
  checkShape("full", shape);
  if (isTracing()) return literal.broadcastTo(shape);
  const data = allocate(dtype, sizeOf(shape)).fill(literal.literalValue ?? value);
  return stored({ shape: [...shape], dtype, data });
};

/** Zeros of `shape`, float32 unless told otherwise. */
export const zeros = (shape: Shape, { dtype = "float32" }: DTypeOptions = {}): Tensor =>
  filled(shape, 0, dtype);

/** Ones of `shape`, float32 unless told otherwise. */
export const ones = (shape: Shape, { dtype = "float32" }: DTypeOptions = {}): Tensor =>
  filled(shape, 1, dtype);

/**
 * `value` everywhere in `shape`: a number gives float32, a boolean bool, a tensor broadcasts with its own dtype.
 *
 * ```ts doctest
 * import { full } from "@adjoint/core";
 * await full([2, 2], 7).toArray(); // => [[7, 7], [7, 7]]
 * ```
 */
export const full = (shape: Shape, value: TensorLike, { dtype }: DTypeOptions = {}): Tensor => {
  if (typeof value === "number") return filled(shape, value, dtype ?? "float32");
  if (typeof value === "boolean") return filled(shape, value ? 1 : 0, dtype ?? "bool");
  return asTensor(value, dtype).broadcastTo(checkShape("full", shape));
};

/** Zeros of the shape and dtype of `x`. */
export const zerosLike = (x: TensorLike, options: DTypeOptions = {}): Tensor =>
  fullLike(x, 0, options);

/** Ones of the shape and dtype of `x`. */
export const onesLike = (x: TensorLike, options: DTypeOptions = {}): Tensor =>
  fullLike(x, 1, options);

/** `value` everywhere in the shape and dtype of `x`. */
export const fullLike = (x: TensorLike, value: TensorLike, options: DTypeOptions = {}): Tensor => {
  const { shape, dtype } = asTensor(x);
  return full(shape, value, { dtype: options.dtype ?? dtype });
};
