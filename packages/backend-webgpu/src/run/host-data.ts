import {
  allocate,
  type Aval,
  type DType,
  type HostArray,
  type HostData,
  sizeOf,
} from "@adjoint/core/backend";

const halfBits = new Float32Array(1);

/** A number as the 16 bits of the half that it was rounded to. */
const toHalf = (x: number): number => {
  halfBits[0] = x;
  const bits = new Uint32Array(halfBits.buffer)[0] ?? 0;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = Math.abs(x);
  if (Number.isNaN(x)) return sign | 0x7e00;
  if (magnitude > 65_504) return sign | 0x7c00;
  if (magnitude < 2 ** -14) return sign | Math.round(magnitude * 2 ** 24);
  const exponent = ((bits >>> 23) & 0xff) - 127 + 15;
  return sign | (exponent << 10) | ((bits >>> 13) & 0x3ff);
};

const fromHalf = (half: number): number => {
  const sign = (half & 0x8000) === 0 ? 1 : -1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0
    ? sign * fraction * 2 ** -24
    : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
};

/** Bytes of one element on the device. */
export const deviceBytes = (dtype: DType, f16: boolean): number => {
  if (dtype === "float64") return 8;
  return dtype === "float16" && f16 ? 2 : 4;
};

const bytesOf = (data: HostData | Uint16Array): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** A host array as the device stores it. */
export const toDevice = ({ dtype, data }: HostArray, f16: boolean): Uint8Array => {
  if (dtype === "bool") return bytesOf(Uint32Array.from(data));
  if (dtype === "float16" && f16) return bytesOf(Uint16Array.from(data, toHalf));
  return bytesOf(data);
};

/** What the device stores as a host array. */
export const fromDevice = (
  { shape, dtype }: Aval,
  bytes: Uint8Array<ArrayBuffer>,
  f16: boolean,
): HostArray => {
  const data = allocate(dtype, sizeOf(shape));
  if (dtype === "bool") data.set(new Uint32Array(bytes.buffer, 0, data.length));
  else if (dtype === "float16" && f16)
    data.set(Float32Array.from(new Uint16Array(bytes.buffer, 0, data.length), fromHalf));
  else bytesOf(data).set(bytes.subarray(0, data.byteLength));
  return { shape, dtype, data };
};
