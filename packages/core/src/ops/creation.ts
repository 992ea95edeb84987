import { getBackend } from "../backend/current.ts";
import { checkDType, type DType } from "../dtype.ts";
import { ArgumentError } from "../errors.ts";
import { allocate, type HostArray } from "../host-array.ts";
import { isTracing } from "../ir/trace.ts";
import { iotaP } from "../primitives/iota.ts";
import { checkShape, normalizeAxis, type Shape, sizeOf } from "../shape.ts";
import { Tensor, type TensorLike } from "../tensor.ts";
import { applyOne, asTensor } from "./operand.ts";
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

/**
 * Each element is its index along `axis`, int32 unless told otherwise.
 *
 * ```ts doctest
 * import { iota } from "@adjoint/core";
 * await iota([2, 3], 1).toArray(); // => [[0, 1, 2], [0, 1, 2]]
 * ```
 */
export const iota = (
  shape: Shape,
  axis: number = 0,
  { dtype = "int32" }: DTypeOptions = {},
): Tensor =>
  applyOne(iotaP, [], {
    shape,
    dtype: checkDType("iota", dtype),
    axis: normalizeAxis("iota", axis, shape.length),
  });

/**
 * Numbers from `start` (0 when absent) towards `stop`, which is left out, in steps of `step`.
 * int32 when all three are whole, else float32. Throws ArgumentError for a step of 0 and numbers that are not finite.
 *
 * ```ts doctest
 * import { arange } from "@adjoint/core";
 * await arange(3).toArray(); // => [0, 1, 2]
 * await arange(5, 0, -2).toArray(); // => [5, 3, 1]
 * await arange(0, 1, 0.25).toArray(); // => [0, 0.25, 0.5, 0.75]
 * ```
 */
export function arange(stop: number, options?: DTypeOptions): Tensor;
export function arange(start: number, stop: number, options?: DTypeOptions): Tensor;
export function arange(start: number, stop: number, step: number, options?: DTypeOptions): Tensor;
export function arange(...args: readonly (number | DTypeOptions | undefined)[]): Tensor {
  const numbers = args.filter((a) => typeof a === "number");
  const { dtype } = args.find((a) => typeof a === "object") ?? {};
  const [start = 0, stop = 0, step = 1] = numbers.length === 1 ? [0, ...numbers] : numbers;
  if (![start, stop, step].every(Number.isFinite) || step === 0)
    throw new ArgumentError({
      operation: "arange",
      rule: "needs finite numbers and a step other than 0",
      got: numbers.join(", "),
    });
  const whole = [start, stop, step].every(Number.isInteger);
  return steps(
    Math.max(0, Math.ceil((stop - start) / step)),
    start,
    step,
    dtype ?? (whole ? "int32" : "float32"),
  );
}

/** `start + i * step` in double precision, rounded once. */
const steps = (count: number, start: number, step: number, dtype: DType): Tensor => {
  if (isTracing() && start === 0 && step === 1) return iota([count], 0, { dtype });
  const values = Float64Array.from({ length: count }, (_, i) => start + i * step);
  return stored(hostFromTyped(values, [count], checkDType("arange", dtype)));
};

/** Settings of `linspace`. */
export type LinspaceOptions = DTypeOptions & {
  /** Whether `stop` is the last number; true when absent. */
  readonly endpoint?: boolean;
};

/**
 * `count` evenly spaced numbers from `start` to `stop`.
 *
 * ```ts doctest
 * import { linspace } from "@adjoint/core";
 * await linspace(0, 1, 5).toArray(); // => [0, 0.25, 0.5, 0.75, 1]
 * ```
 */
export const linspace = (
  start: number,
  stop: number,
  count: number = 50,
  options: LinspaceOptions = {},
): Tensor => {
  const { endpoint = true, dtype = "float32" } = options;
  if (!Number.isInteger(count) || count < 0)
    throw new ArgumentError({
      operation: "linspace",
      rule: "count must be a whole number of 0 or more",
      got: `${count}`,
    });
  const parts = Math.max(1, endpoint ? count - 1 : count);
  const values = Float64Array.from(
    { length: count },
    (_, i) => start * (1 - i / parts) + stop * (i / parts),
  );
  return stored(hostFromTyped(values, [count], checkDType("linspace", dtype)));
};

/** Settings of `eye`. */
export type EyeOptions = DTypeOptions & {
  /** Number of columns; as many as rows when absent. */
  readonly columns?: number;
  /** Which diagonal: 0 the main one, positive above it, negative below. */
  readonly offset?: number;
};

/**
 * Ones on a diagonal, zeros elsewhere.
 *
 * ```ts doctest
 * import { eye } from "@adjoint/core";
 * await eye(2).toArray(); // => [[1, 0], [0, 1]]
 * ```
 */
export const eye = (rows: number, options: EyeOptions = {}): Tensor => {
  const { columns = rows, offset = 0, dtype = "float32" } = options;
  const shape = [rows, columns];
  return iota(shape, 0).add(offset).equal(iota(shape, 1)).cast(checkDType("eye", dtype));
};
