import type { Axis, DType, Tensor } from "@adjoint/core";

/** float64, or float32 for everything narrower. */
export const wideDType = (dtype: DType): DType => (dtype === "float64" ? dtype : "float32");

/** In float32 at least. */
export const wide = (x: Tensor): Tensor => x.cast(wideDType(x.dtype));

/** Root of the mean of the squares of all elements, in float32 at least. */
export const rms = (x: Tensor): Tensor => {
  const w = wide(x);
  return w.mul(w).mean().sqrt();
};

/** Euclidean norm along axes (of all elements when absent), in float32 at least; the reduced axes stay with size 1. */
export const normAlong = (x: Tensor, axis?: Axis): Tensor => {
  const w = wide(x);
  return w.mul(w).sum(axis, { keepDims: true }).sqrt();
};
