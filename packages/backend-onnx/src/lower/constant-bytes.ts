import type { OnnxDataType } from "../proto/model-record.ts";

const arrayOf = (type: OnnxDataType, values: ArrayLike<number>): ArrayBufferView<ArrayBuffer> => {
  if (type === "float32") return new Float32Array(values);
  if (type === "float64") return new Float64Array(values);
  if (type === "int32") return new Int32Array(values);
  if (type === "uint32") return new Uint32Array(values);
  if (type === "int64") return BigInt64Array.from(Array.from(values, BigInt));
  return type === "uint64"
    ? BigUint64Array.from(Array.from(values, BigInt))
    : new Uint8Array(values);
};

/** The bytes ONNX stores `values` as (little-endian, as every engine has them); one byte an element for bool and 8-bit types. */
export const constantBytes = (type: OnnxDataType, values: ArrayLike<number>): Uint8Array => {
  const { buffer, byteOffset, byteLength } = arrayOf(type, values);
  return new Uint8Array(buffer, byteOffset, byteLength);
};
