import type { DType } from "../dtype.ts";
import { allocate, at, type HostArray, type HostData } from "../host-array.ts";

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

const byFileType: ReadonlyMap<string, DType> = /* @__PURE__ */ new Map(
  /* @__PURE__ */ (
    ["float32", "float16", "bfloat16", "float64", "int32", "uint32", "bool"] as const
  ).map((dtype) => [fileTypes[dtype], dtype] as const),
);

/** The dtype with that name in the file format, or undefined. */
export const dtypeOfFile = (name: string): DType | undefined => byFileType.get(name);

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

/** Value of IEEE 754 binary16 bits. */
export const fromFloat16Bits = (half: number): number => {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0
    ? sign * fraction * 2 ** -24
    : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
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

/** Array of `size` elements from the file's bytes (copied, so any alignment will do). */
export const fromBytes = (dtype: DType, size: number, bytes: Uint8Array): HostData => {
  const data = allocate(dtype, size);
  if (dtype === "float16" || dtype === "bfloat16") {
    const halves = new Uint16Array(new Uint8Array(bytes).buffer);
    const decode = dtype === "float16" ? fromFloat16Bits : fromBfloat16Bits;
    for (let i = 0; i < size; i++) data[i] = decode(at16(halves, i));
    return data;
  }
  new Uint8Array(data.buffer).set(bytes);
  if (dtype === "bool") for (let i = 0; i < size; i++) data[i] = at(data, i) === 0 ? 0 : 1;
  return data;
};

const at16 = (halves: Uint16Array, i: number): number => halves[i] ?? 0;
