import { allocate, type HostArray, sizeOf } from "@adjoint/core/backend";
import type { StoredSlice } from "./weight-rule.ts";

/** The transpose of a matrix. */
export const transposed = ({ shape, dtype, data }: HostArray): HostArray => {
  const [rows = 1, columns = 1] = shape;
  const result = allocate(dtype, data.length);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) result[j * rows + i] = data[i * columns + j] ?? 0;
  return { shape: [columns, rows], dtype, data: result };
};

/** Sizes around an axis: how many blocks, and how long each is for one place along the axis. */
const around = (shape: readonly number[], axis: number): readonly [number, number, number] => [
  sizeOf(shape.slice(0, axis)),
  shape[axis] ?? 1,
  sizeOf(shape.slice(axis + 1)),
];

/** Part of an array along one axis. */
export const sliced = (array: HostArray, { axis, start, size }: StoredSlice): HostArray => {
  const [blocks, length, inner] = around(array.shape, axis);
  const data = allocate(array.dtype, blocks * size * inner);
  for (let b = 0; b < blocks; b++)
    data.set(
      array.data.subarray((b * length + start) * inner, (b * length + start + size) * inner),
      b * size * inner,
    );
  return { shape: array.shape.with(axis, size), dtype: array.dtype, data };
};

/** Writes `part` into an array along one axis. */
export const writeSlice = (
  into: HostArray,
  part: HostArray,
  { axis, start, size }: StoredSlice,
): void => {
  const [blocks, length, inner] = around(into.shape, axis);
  for (let b = 0; b < blocks; b++)
    into.data.set(
      part.data.subarray(b * size * inner, (b + 1) * size * inner),
      (b * length + start) * inner,
    );
};
