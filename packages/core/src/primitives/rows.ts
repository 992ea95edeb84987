import { dim, type Shape, sizeOf } from "../shape.ts";

/** How an axis lies in row-major storage: `outer` x `length` x `inner` elements. */
export type Rows = { readonly outer: number; readonly length: number; readonly inner: number };

/** The layout of `axis` in an array of `shape`. */
export const rowsAlong = (shape: Shape, axis: number): Rows => ({
  outer: sizeOf(shape.slice(0, axis)),
  length: dim(shape, axis),
  inner: sizeOf(shape.slice(axis + 1)),
});

/** Calls `visit(base, step)` for every line of elements along the axis: elements `base + i * step`. */
export const eachRow = (
  { outer, length, inner }: Rows,
  visit: (base: number, step: number) => void,
): void => {
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < inner; i++) visit(o * length * inner + i, inner);
};
