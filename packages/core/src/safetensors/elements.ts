import { fromFloat16Bits } from "../bytes/half.ts";
import type { DType } from "../dtype.ts";
import { allocate, type HostArray, type HostData } from "../host-array.ts";
import { invalid } from "./format-error.ts";

/** Names of element types in the file format. */
export const fileTypes: Readonly<Record<DType, string>> = {
  float32: "F32",
  float16: "F16",
  bfloat16: "BF16",
  float64: "F64",
  int32: "I32",
  uint32: "U32",
  bool: "BOOL",
};

const bits = new DataView(new ArrayBuffer(8));

/** IEEE 754 binary16 bits of a value that is already rounded to it. */
export const float16Bits = (x: number): number => {
  const sign = x < 0 || Object.is(x, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(x);
  if (Number.isNaN(x)) return 0x7e00;
  if (magnitude === Number.POSITIVE_INFINITY) return sign | 0x7c00;
  if (magnitude < 2 ** -14) return sign | Math.round(magnitude * 2 ** 24); // zero and subnormals
  const exponent = Math.floor(Math.log2(magnitude));
  return sign | ((exponent + 15) << 10) | Math.round((magnitude / 2 ** exponent - 1) * 1024);
};

const bfloat16Bits = (x: number): number => {
  bits.setFloat32(0, x);
  return bits.getUint16(0);
};

const fromBfloat16Bits = (half: number): number => {
  bits.setUint32(0, half * 65536);
  return bits.getFloat32(0);
};

const pack = (data: HostData, encode: (x: number) => number): Uint16Array =>
  Uint16Array.from(data, encode);

/** Little-endian bytes of an array as the file stores them. */
export const toBytes = ({ dtype, data }: HostArray): Uint8Array => {
  const stored =
    dtype === "float16"
      ? pack(data, float16Bits)
      : dtype === "bfloat16"
        ? pack(data, bfloat16Bits)
        : data;
  return new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
};

/** An element type of the file format: what it becomes, and how. */
export type FileType = {
  readonly dtype: DType;
  /** Bytes of an element in the file. */
  readonly bytes: number;
  /** Elements from the file's bytes, which may lie anywhere. */
  readonly read: (bytes: Uint8Array, size: number) => HostData;
};

/** The bytes in a buffer of their own, which starts where any element may. */
const aligned = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;

const same =
  (dtype: DType) =>
  (bytes: Uint8Array, size: number): HostData => {
    const data = allocate(dtype, size);
    new Uint8Array(data.buffer).set(bytes);
    return data;
  };

const half =
  (dtype: DType, decode: (bits: number) => number) =>
  (bytes: Uint8Array, size: number): HostData => {
    const data = allocate(dtype, size);
    new Uint16Array(aligned(bytes)).forEach((word, i) => (data[i] = decode(word)));
    return data;
  };

const narrow = (bytes: Uint8Array): HostData => {
  const wide = new BigInt64Array(aligned(bytes));
  const data = Int32Array.from(wide, Number);
  const far = wide.findIndex((x, i) => x !== BigInt(data[i] ?? 0));
  if (far >= 0)
    throw invalid("64-bit integers must fit into int32, the widest there is", String(wide[far]));
  return data;
};

/** What files may hold; whole numbers that have no dtype of their own become int32. */
export const readableTypes: ReadonlyMap<string, FileType> = /* @__PURE__ */ new Map<
  string,
  FileType
>([
  ["F32", { dtype: "float32", bytes: 4, read: same("float32") }],
  ["F64", { dtype: "float64", bytes: 8, read: same("float64") }],
  ["F16", { dtype: "float16", bytes: 2, read: half("float16", fromFloat16Bits) }],
  ["BF16", { dtype: "bfloat16", bytes: 2, read: half("bfloat16", fromBfloat16Bits) }],
  ["I32", { dtype: "int32", bytes: 4, read: same("int32") }],
  ["U32", { dtype: "uint32", bytes: 4, read: same("uint32") }],
  [
    "BOOL",
    { dtype: "bool", bytes: 1, read: (bytes) => Uint8Array.from(bytes, (x) => Math.min(x, 1)) },
  ],
  ["I64", { dtype: "int32", bytes: 8, read: narrow }],
  ["I16", { dtype: "int32", bytes: 2, read: (b) => Int32Array.from(new Int16Array(aligned(b))) }],
  ["U16", { dtype: "int32", bytes: 2, read: (b) => Int32Array.from(new Uint16Array(aligned(b))) }],
  ["I8", { dtype: "int32", bytes: 1, read: (b) => Int32Array.from(new Int8Array(aligned(b))) }],
  ["U8", { dtype: "int32", bytes: 1, read: (b) => Int32Array.from(b) }],
]);
