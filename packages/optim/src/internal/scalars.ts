import { type DType, expm1, isTensor, log, promoteTypes, type Tensor } from "@adjoint/core";
import { leaves } from "@adjoint/core/tree";
import type { Hyperparam } from "../hyperparam.ts";

/** The dtype for numbers that concern a whole tree: float32, or float64 when a leaf is. */
export const scalarDType = (tree: unknown): DType => {
  const all: readonly unknown[] = leaves(tree);
  return all.some((leaf) => isTensor(leaf) && leaf.dtype === "float64") ? "float64" : "float32";
};

/** `x` times a scalar, in the dtype of `x`. */
export const scaledBy = (x: Tensor, factor: Hyperparam): Tensor =>
  x.mul(isTensor(factor) ? factor.cast(x.dtype) : factor);

/** `x` plus a scalar, in the dtype of `x`. */
export const raisedBy = (x: Tensor, term: Hyperparam): Tensor =>
  x.add(isTensor(term) ? term.cast(x.dtype) : term);

/** 1 - x. */
export const oneMinus = (x: Hyperparam): Hyperparam => (isTensor(x) ? x.neg().add(1) : 1 - x);

/** The mean that moves from `mean` towards `x`, decay * mean + (1 - decay) * x, in the wider dtype of the two. */
export const moved = (mean: Tensor, x: Tensor, decay: Hyperparam): Tensor => {
  const dtype = promoteTypes(mean.dtype, x.dtype);
  return scaledBy(mean.cast(dtype), decay).add(scaledBy(x.cast(dtype), oneMinus(decay)));
};

/** 1 - decay^count without cancellation. */
export const biasCorrection = (decay: Hyperparam, count: Tensor, dtype: DType): Tensor => {
  const rate = isTensor(decay) ? log(decay.cast(dtype)) : Math.log(decay);
  return expm1(count.cast(dtype).mul(rate)).neg();
};
