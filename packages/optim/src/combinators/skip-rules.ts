import { logicalNot, type Tensor } from "@adjoint/core";
import { checkNumber } from "../internal/check.ts";
import { allFinite } from "../scaling/all-finite.ts";
import { globalNorm } from "../transforms/global-norm.ts";

/** Whether the gradients of a micro-batch are left out, a bool scalar. */
export type SkipRule = (grads: unknown) => Tensor;

/** Leaves out gradients that are not all finite. */
export const skipNotFinite: SkipRule = (grads) => logicalNot(allFinite(grads));

/**
 * Leaves out gradients whose global norm is `maxNorm` or more, or NaN. Throws ArgumentError for a norm that is not
 * positive.
 */
export const skipLargerThan = (maxNorm: number): SkipRule => {
  checkNumber("skipLargerThan", "maxNorm", maxNorm, { min: Number.MIN_VALUE });
  return (grads) => logicalNot(globalNorm(grads).less(maxNorm));
};
