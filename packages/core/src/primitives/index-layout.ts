import { DTypeError, ShapeError } from "../errors.ts";
import { at, type HostArray } from "../host-array.ts";
import type { Aval } from "../ir/aval.ts";
import { dim, formatShape, sameShape, type Shape, sizeOf, stridesOf } from "../shape.ts";

/** How an operand `[B..., I..., S...]` and indices `[B..., O..., k]` fit together; `I` has `k` axes. */
export type IndexLayout = {
  /** Axes that run in parallel (B). */
  readonly batch: Shape;
  /** Axes the indices point into (I). */
  readonly inner: Shape;
  /** Axes of the table of indices (O). */
  readonly outer: Shape;
  /** Axes taken whole (S). */
  readonly window: Shape;
};

/** Splits the shapes of an operand and of indices; throws when they do not fit. */
export const indexLayout = (
  operation: string,
  operand: Aval,
  indices: Aval,
  batchDims: number,
): IndexLayout => {
  if (indices.dtype !== "int32")
    throw new DTypeError({
      operation,
      rule: "indices must be int32",
      got: indices.dtype,
      fix: 'use cast("int32")',
    });
  const k = indices.shape.at(-1) ?? -1;
  const batch = operand.shape.slice(0, batchDims);
  const fits =
    indices.shape.length > batchDims &&
    operand.shape.length >= batchDims + k &&
    sameShape(batch, indices.shape.slice(0, batchDims));
  if (!fits)
    throw new ShapeError({
      operation,
      rule: `the ${batchDims} leading batch axes must agree, and the last axis of the indices must count at most the operand's other axes`,
      got: `operand ${formatShape(operand.shape)} and indices ${formatShape(indices.shape)}`,
    });
  return {
    batch,
    inner: operand.shape.slice(batchDims, batchDims + k),
    outer: indices.shape.slice(batchDims, -1),
    window: operand.shape.slice(batchDims + k),
  };
};

/** Offset in the operand of the window each index row points at; out of range it is clamped, or -1. */
export const windowOffsets = (
  layout: IndexLayout,
  indices: HostArray,
  outOfRange: "clamp" | "drop",
): Int32Array => {
  const { batch, inner, outer, window } = layout;
  const steps = stridesOf([...inner, sizeOf(window)]);
  const perBatch = sizeOf(outer);
  const stride = sizeOf(inner) * sizeOf(window);
  const offsets = new Int32Array(sizeOf(batch) * perBatch);
  for (let row = 0; row < offsets.length; row++) {
    let offset = Math.floor(row / perBatch) * stride;
    let inside = true;
    for (let j = 0; j < inner.length; j++) {
      const index = at(indices.data, row * inner.length + j);
      const clamped = Math.min(Math.max(index, 0), dim(inner, j) - 1);
      inside &&= clamped === index;
      offset += clamped * dim(steps, j);
    }
    offsets[row] = inside || outOfRange === "clamp" ? offset : -1;
  }
  return offsets;
};
