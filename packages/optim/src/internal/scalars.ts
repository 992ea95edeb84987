import { type DType, isTensor, type Tensor } from "@adjoint/core";
import { leaves } from "@adjoint/core/tree";

/** The dtype for numbers that concern a whole tree: float32, or float64 when a leaf is. */
export const scalarDType = (tree: unknown): DType => {
  const all: readonly unknown[] = leaves(tree);
  return all.some((leaf) => isTensor(leaf) && leaf.dtype === "float64") ? "float64" : "float32";
};

/** `x` times a scalar tensor, in the dtype of `x`. */
export const scaledBy = (x: Tensor, factor: Tensor): Tensor => x.mul(factor.cast(x.dtype));
