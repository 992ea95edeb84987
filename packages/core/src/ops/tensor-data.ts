import type { DType } from "../dtype.ts";
import { ArgumentError, DTypeError, ShapeError } from "../errors.ts";
import { allocate, type HostArray, roundToStorage } from "../host-array.ts";
import { converter } from "../primitives/convert.ts";
import { checkShape, formatShape, type Shape, sizeOf } from "../shape.ts";

/** Typed arrays that tensors are made from; 64-bit integers are not among them. */
export type TypedArray =
  | Float32Array
  | Float64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray;

/** Numbers or booleans in nested arrays of equal lengths. */
export type NestedData = number | boolean | readonly NestedData[];

/** Whether `value` is one of the accepted typed arrays. */
export const isTypedArray = (value: unknown): value is TypedArray =>
  ArrayBuffer.isView(value) &&
  !(value instanceof DataView) &&
  !(value instanceof BigInt64Array) &&
  !(value instanceof BigUint64Array);

/** dtype that holds a typed array's values: 8- and 16-bit integers widen to int32. */
export const dtypeOf = (data: TypedArray): DType => {
  if (data instanceof Float32Array) return "float32";
  if (data instanceof Float64Array) return "float64";
  return data instanceof Uint32Array ? "uint32" : "int32";
};

/** A host array of `dtype` with a copy of the values, converted as `cast` does. */
export const hostFromTyped = (data: TypedArray, shape: Shape, dtype: DType): HostArray => {
  checkShape("fromData", shape);
  if (sizeOf(shape) !== data.length)
    throw new ShapeError({
      operation: "fromData",
      rule: "the shape must have as many elements as the data",
      got: `${formatShape(shape)} for ${data.length} elements`,
    });
  const converted = allocate(dtype, data.length);
  const convert = converter(dtypeOf(data), dtype);
  for (let i = 0; i < converted.length; i++) converted[i] = convert(data[i] ?? 0);
  return roundToStorage({ shape, dtype, data: converted });
};

const place = (position: readonly number[]): string =>
  position.length === 0 ? "the top" : `[${position.join("][")}]`;

const ragged = (expected: string, got: string, position: readonly number[]): ShapeError =>
  new ShapeError({
    operation: "tensor",
    rule: `nested arrays must be rectangular: ${expected} expected at ${place(position)}`,
    got,
    fix: "pad the rows to one length",
  });

const shapeOf = (data: unknown): Shape =>
  Array.isArray(data) ? [data.length, ...(data.length === 0 ? [] : shapeOf(data[0]))] : [];

/** Visits every element of `data`, which must have `shape`. */
const visit = (
  data: unknown,
  shape: Shape,
  position: readonly number[],
  give: (x: number | boolean) => void,
): void => {
  const [size, ...rest] = shape;
  if (!Array.isArray(data)) {
    if (size !== undefined) throw ragged(`an array of ${size}`, describe(data), position);
    give(checkElement(data, position));
    return;
  }
  if (size === undefined) throw ragged("a number", describe(data), position);
  if (data.length !== size) throw ragged(`an array of ${size}`, describe(data), position);
  for (let i = 0; i < data.length; i++) visit(data[i], rest, [...position, i], give);
};

const describe = (value: unknown): string =>
  Array.isArray(value)
    ? `an array of ${value.length}`
    : value === null
      ? "null"
      : `a ${typeof value}`;

const checkElement = (value: unknown, position: readonly number[]): number | boolean => {
  if (typeof value === "number" || typeof value === "boolean") return value;
  throw new ArgumentError({
    operation: "tensor",
    rule: `elements must be numbers or booleans, at ${place(position)}`,
    got: typeof value === "bigint" ? "a bigint" : describe(value),
    fix: typeof value === "bigint" ? "convert with Number(x)" : "convert them first",
  });
};

/** A host array from nested arrays: bool when every element is a boolean, else float32, unless `dtype` is given. */
export const hostFromNested = (data: NestedData, dtype: DType | undefined): HostArray => {
  const shape = checkShape("tensor", shapeOf(data));
  const values = new Float64Array(sizeOf(shape));
  let [next, booleans] = [0, 0];
  visit(data, shape, [], (x) => {
    values[next++] = Number(x);
    if (typeof x === "boolean") booleans++;
  });
  return hostFromTyped(
    values,
    shape,
    dtype ?? (booleans > 0 && booleans === next ? "bool" : "float32"),
  );
};

/** Throws DTypeError for 64-bit integer arrays, which no dtype holds. */
export const refuseBigInts = (value: unknown): void => {
  if (!(value instanceof BigInt64Array) && !(value instanceof BigUint64Array)) return;
  throw new DTypeError({
    operation: "tensor",
    rule: "there is no 64-bit integer dtype",
    got: value.constructor.name,
    fix: "convert with Int32Array.from(data, Number)",
  });
};
