import { allocate, at, type HostArray, type HostData } from "../host-array.ts";
import type { DType } from "../dtype.ts";
import type { Aval } from "../ir/aval.ts";
import { broadcastShapes, dim, sameShape, type Shape, sizeOf, stridesOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import type { Batched, Tangent, TransposeInput } from "./primitive.ts";

/** For each element of `out`, the place in an array of `shape` that broadcasting reads; undefined when the same. */
const sourceIndex = (shape: Shape, out: Shape): Int32Array | undefined => {
  if (sameShape(shape, out)) return undefined;
  const strides = stridesOf(shape);
  const lead = out.length - shape.length;
  const index = new Int32Array(sizeOf(out));
  let repeat = index.length;
  out.forEach((size, axis) => {
    const own = axis >= lead && dim(shape, axis - lead) !== 1 ? (strides[axis - lead] ?? 0) : 0;
    repeat = size === 0 ? 0 : repeat / size;
    if (own !== 0)
      for (let i = 0; i < index.length; i++)
        index[i] = (index[i] ?? 0) + own * (Math.floor(i / repeat) % size);
  });
  return index;
};

/** `data` of an array read as if it had shape `out`. */
export const broadcastData = (array: HostArray, out: Shape): HostData => {
  const index = sourceIndex(array.shape, out);
  if (index === undefined) return array.data;
  const data = allocate(array.dtype, index.length);
  for (let i = 0; i < data.length; i++) data[i] = at(array.data, at(index, i));
  return data;
};

/** Applies a scalar function elementwise over broadcast operands. */
export const mapElements = (
  operation: string,
  inputs: readonly HostArray[],
  dtype: DType,
  fn: (...values: readonly number[]) => number,
): HostArray => {
  const shape = broadcastShapes(operation, ...inputs.map((x) => x.shape));
  const data = allocate(dtype, sizeOf(shape));
  const [a, b, c] = inputs.map((x) => broadcastData(x, shape));
  if (a === undefined) return { shape, dtype, data };
  if (b === undefined) for (let i = 0; i < data.length; i++) data[i] = fn(at(a, i));
  else if (c === undefined) for (let i = 0; i < data.length; i++) data[i] = fn(at(a, i), at(b, i));
  else for (let i = 0; i < data.length; i++) data[i] = fn(at(a, i), at(b, i), at(c, i));
  return { shape, dtype, data };
};

/** Inserts ones behind the batch axis of `x` until the axes behind it number `rank`. */
export const alignTo = (x: Tensor, rank: number): Tensor => {
  const missing = rank + 1 - x.shape.length;
  if (missing === 0) return x;
  const [size = 0, ...rest] = x.shape;
  return x.reshape([size, ...new Array<number>(missing).fill(1), ...rest]);
};

/** Gives every batched operand the rank that makes its axes align with the others from the right. */
export const alignBatched = (
  inputs: readonly Tensor[],
  batched: readonly boolean[],
): readonly Tensor[] => {
  const rank = Math.max(...inputs.map((x, i) => x.shape.length - (batched[i] === true ? 1 : 0)));
  return inputs.map((x, i) => (batched[i] === true ? alignTo(x, rank) : x));
};

/** Batching rule of every elementwise operation, given how to apply it. */
export const elementwiseVmap = (
  inputs: readonly Tensor[],
  batched: readonly boolean[],
  run: (inputs: readonly Tensor[]) => Tensor,
): Batched => ({ outputs: [run(alignBatched(inputs, batched))], batched: [true] });

/** Sum of two tangents, either of which may be zero. */
export const addTangents = (a: Tangent, b: Tangent): Tangent =>
  a === null ? b : b === null ? a : a.add(b);

/** `tangent` broadcast to the shape of `output`. */
export const fit = (tangent: Tangent, output: Tensor): Tangent =>
  tangent === null ? null : tangent.broadcastTo(output.shape);

/** Sums a cotangent over the axes that broadcasting added to an operand of type `aval`. */
export const unbroadcast = (cotangent: Tensor, aval: Aval): Tensor => {
  const lead = cotangent.shape.length - aval.shape.length;
  const axes = cotangent.shape.flatMap((size, i) =>
    i < lead || (aval.shape[i - lead] === 1 && size !== 1) ? [i] : [],
  );
  return axes.length === 0 ? cotangent : cotangent.sum(axes).reshape(aval.shape);
};

/** Transpose helper: for each linear operand, `give` its cotangent and undo broadcasting. */
export const transposeEach = (
  inputs: readonly TransposeInput[],
  give: (index: number) => Tangent,
): readonly Tangent[] =>
  inputs.map((input, i) => {
    if (!input.linear) return null;
    const cotangent = give(i);
    return cotangent === null ? null : unbroadcast(cotangent, input.aval);
  });
