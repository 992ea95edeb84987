import type { OnnxDataType } from "../proto/model-record.ts";

const writers: Partial<
  Record<OnnxDataType, (view: DataView, offset: number, value: number) => void>
> = {
  float32: (view, offset, value) => view.setFloat32(offset, value, true),
  float64: (view, offset, value) => view.setFloat64(offset, value, true),
  int32: (view, offset, value) => view.setInt32(offset, value, true),
  uint32: (view, offset, value) => view.setUint32(offset, value, true),
  int64: (view, offset, value) => view.setBigInt64(offset, BigInt(value), true),
  uint64: (view, offset, value) => view.setBigUint64(offset, BigInt(value), true),
};

const widths: Partial<Record<OnnxDataType, number>> = {
  float32: 4,
  float64: 8,
  int32: 4,
  uint32: 4,
  int64: 8,
  uint64: 8,
};

/** The bytes ONNX stores `values` as; one byte an element for bool and 8-bit types. */
export const constantBytes = (type: OnnxDataType, values: ArrayLike<number>): Uint8Array => {
  const width = widths[type] ?? 1;
  const write = writers[type] ?? ((view, offset, value) => view.setUint8(offset, value));
  const view = new DataView(new ArrayBuffer(values.length * width));
  for (let i = 0; i < values.length; i++) write(view, i * width, values[i] ?? 0);
  return new Uint8Array(view.buffer);
};
