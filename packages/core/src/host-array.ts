import { byteSize, type DType } from "./dtype.ts";
import { BackendError } from "./errors.ts";
import { type Shape, sizeOf } from "./shape.ts";

/** JavaScript storage of an array in host memory; float16 and bfloat16 values are kept rounded in a Float32Array. */
export type HostData = Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array;

/** A contiguous row-major array in host memory: what the reference kernels take and give. */
export type HostArray = { readonly shape: Shape; readonly dtype: DType; readonly data: HostData };

/** Zero-filled storage for `size` elements of `dtype`; throws BackendError when there is not enough memory. */
export const allocate = (dtype: DType, size: number): HostData => {
  try {
    return newArray(dtype, size);
  } catch (cause) {
    const got = `${size} elements of ${dtype}, ${size * byteSize(dtype)} bytes`;
    throw new BackendError(
      {
        operation: "allocate",
        rule: "the array must fit in memory",
        got,
        fix: "use smaller batches",
      },
      { cause },
    );
  }
};

const newArray = (dtype: DType, size: number): HostData => {
  switch (dtype) {
    case "float64":
      return new Float64Array(size);
    case "int32":
      return new Int32Array(size);
    case "uint32":
      return new Uint32Array(size);
    case "bool":
      return new Uint8Array(size);
    default:
      return new Float32Array(size);
  }
};

/** A zero-filled host array. */
export const hostZeros = (shape: Shape, dtype: DType): HostArray => ({
  shape,
  dtype,
  data: allocate(dtype, sizeOf(shape)),
});

/** Element `i` of host data, which must exist. */
export const at = (data: HostData, i: number): number => data[i] ?? Number.NaN;

/** Logical bytes of an array: elements times the dtype's size. */
export const logicalBytes = (shape: Shape, dtype: DType): number => sizeOf(shape) * byteSize(dtype);

const word = new DataView(new ArrayBuffer(4));

/** Rounds to the nearest bfloat16, ties to even. */
export const roundToBfloat16 = (x: number): number => {
  if (Number.isNaN(x)) return x;
  word.setFloat32(0, x);
  const bits = word.getUint32(0);
  word.setUint32(0, ((bits + 0x7fff + ((bits >>> 16) & 1)) & 0xffff0000) >>> 0);
  return word.getFloat32(0);
};

/** Rounds to the nearest float16, ties to even; beyond 65504 gives infinity. */
export const roundToFloat16 = (x: number): number => {
  const magnitude = Math.abs(x);
  if (!Number.isFinite(x) || magnitude === 0) return x;
  const exponent = Math.max(Math.floor(Math.log2(magnitude)), -14);
  const step = 2 ** (exponent - 10);
  const scaled = magnitude / step; // exact: step is a power of two
  const floor = Math.floor(scaled);
  const rest = scaled - floor;
  const rounded = (rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor) * step;
  return Math.sign(x) * (rounded > 65504 ? Number.POSITIVE_INFINITY : rounded);
};

const roundInPlace = (data: HostData, round: (x: number) => number): void => {
  for (let i = 0; i < data.length; i++) data[i] = round(at(data, i));
};

/** Rounds the values of a freshly made array to the precision its dtype stores. */
export const roundToStorage = (array: HostArray): HostArray => {
  if (array.dtype === "float16") roundInPlace(array.data, roundToFloat16);
  if (array.dtype === "bfloat16") roundInPlace(array.data, roundToBfloat16);
  return array;
};
