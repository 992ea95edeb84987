import { type DType, isFloat } from "../dtype.ts";
import { allocate, at, type HostArray } from "../host-array.ts";
import { sizeOf } from "../shape.ts";
import { indexLayout, windowOffsets } from "./index-layout.ts";

/** Parameters of `gather`: how many leading axes run in parallel. */
export type GatherParams = { readonly batchDims: number };

/** How `scatter` combines an update with what is there. */
export type ScatterMode = "set" | "add" | "mul" | "max" | "min";

/** Parameters of `scatter`. */
export type ScatterParams = { readonly batchDims: number; readonly mode: ScatterMode };

/** Reference kernel of `gather`. */
export const gatherHost = (x: HostArray, indices: HostArray, batchDims: number): HostArray => {
  const layout = indexLayout("gather", x, indices, batchDims);
  const width = sizeOf(layout.window);
  const offsets = windowOffsets(layout, indices, "clamp");
  const data = allocate(x.dtype, offsets.length * width);
  if (width === 1) for (let i = 0; i < offsets.length; i++) data[i] = at(x.data, at(offsets, i));
  else
    for (let i = 0; i < offsets.length; i++)
      data.set(x.data.subarray(at(offsets, i), at(offsets, i) + width), i * width);
  return { shape: [...layout.batch, ...layout.outer, ...layout.window], dtype: x.dtype, data };
};

const combiners: Readonly<
  Record<ScatterMode, (old: number, update: number, dtype: DType) => number>
> = {
  set: (_old, update) => update,
  add: (old, update) => old + update,
  mul: (old, update, dtype) => (isFloat(dtype) ? old * update : Math.imul(old, update)),
  max: (old, update) => Math.max(old, update),
  min: (old, update) => Math.min(old, update),
};

/** Reference kernel of `scatter`. */
export const scatterHost = (
  x: HostArray,
  indices: HostArray,
  updates: HostArray,
  params: ScatterParams,
): HostArray => {
  const layout = indexLayout("scatter", x, indices, params.batchDims);
  const width = sizeOf(layout.window);
  const offsets = windowOffsets(layout, indices, "drop");
  const combine = combiners[params.mode];
  const data = x.data.slice();
  for (let i = 0; i < offsets.length; i++) {
    const offset = at(offsets, i);
    if (offset < 0) continue;
    for (let j = 0; j < width; j++)
      data[offset + j] = combine(at(data, offset + j), at(updates.data, i * width + j), x.dtype);
  }
  return { shape: x.shape, dtype: x.dtype, data };
};
