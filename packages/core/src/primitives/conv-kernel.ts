import { isFloat } from "../dtype.ts";
import { at, type HostArray, type HostData, hostZeros } from "../host-array.ts";
import { dim, type Shape, sizeOf, stridesOf } from "../shape.ts";
import { type ConvParams, convShape, spatialShape } from "./conv-shape.ts";

/** Element of an axis of `x` under window element `k` at output `o`, or -1 in padding or between dilated elements. */
const sourceOf = (size: number, axis: number, o: number, k: number, params: ConvParams): number => {
  const [low] = params.padding[axis] ?? [0, 0];
  const place = o * dim(params.strides, axis) + k * dim(params.rhsDilation, axis) - low;
  const step = dim(params.lhsDilation, axis);
  return place >= 0 && place % step === 0 && place / step < size ? place / step : -1;
};

/** For every (output place, window place), the flat spatial offset in `x`, or -1. */
const offsetTable = (x: Shape, window: Shape, out: Shape, params: ConvParams): Int32Array => {
  const steps = stridesOf(x);
  let table = Int32Array.of(0);
  let [places, taps] = [1, 1];
  x.forEach((size, axis) => {
    const [rows, columns] = [dim(out, axis), dim(window, axis)];
    const next = new Int32Array(table.length * rows * columns);
    for (let p = 0; p < places; p++)
      for (let o = 0; o < rows; o++)
        for (let t = 0; t < taps; t++)
          for (let k = 0; k < columns; k++) {
            const known = at(table, p * taps + t);
            const source = sourceOf(size, axis, o, k, params);
            const place = (p * rows + o) * taps * columns + t * columns + k;
            next[place] = known < 0 || source < 0 ? -1 : known + source * dim(steps, axis);
          }
    table = next;
    places *= rows;
    taps *= columns;
  });
  return table;
};

type Plane = { readonly data: HostData; readonly start: number; readonly size: number };

/** Adds the products of one channel of `x` and one window to a plane of the result. */
const accumulate = (
  out: Float64Array,
  x: Plane,
  window: Plane,
  table: Int32Array,
  times: (a: number, b: number) => number,
): void => {
  const taps = window.size;
  for (let p = 0; p < out.length; p++) {
    let sum = 0;
    for (let k = 0; k < taps; k++) {
      const offset = at(table, p * taps + k);
      if (offset >= 0)
        sum += times(at(x.data, x.start + offset), at(window.data, window.start + k));
    }
    out[p] = at(out, p) + sum;
  }
};

/** Direct convolution: for each example, output channel and input channel, one plane after the other. */
export const convHost = (x: HostArray, kernel: HostArray, params: ConvParams): HostArray => {
  const result = hostZeros(convShape(x.shape, kernel.shape, params), x.dtype);
  const [examples, features] = [dim(result.shape, 0), dim(result.shape, 1)];
  const [channels, perGroup] = [dim(x.shape, 1), dim(kernel.shape, 1)];
  const [source, window, target] = [x, kernel, result].map((a) => spatialShape(a.shape));
  const table = offsetTable(source ?? [], window ?? [], target ?? [], params);
  const [plane, taps] = [sizeOf(source ?? []), sizeOf(window ?? [])];
  const sums = new Float64Array(sizeOf(target ?? []));
  const times = isFloat(x.dtype) ? (a: number, b: number): number => a * b : Math.imul;
  for (let n = 0; n < examples; n++)
    for (let o = 0; o < features; o++) {
      const example = Math.floor(o / (features / params.batchGroups)) * examples + n;
      const channel = Math.floor(o / (features / params.groups)) * perGroup;
      sums.fill(0);
      for (let i = 0; i < perGroup; i++) {
        const from = {
          data: x.data,
          start: (example * channels + channel + i) * plane,
          size: plane,
        };
        accumulate(
          sums,
          from,
          { data: kernel.data, start: (o * perGroup + i) * taps, size: taps },
          table,
          times,
        );
      }
      result.data.set(sums, (n * features + o) * sums.length);
    }
  return result;
};
