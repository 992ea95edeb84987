import { asTensor, type Tensor, type TensorLike } from "@adjoint/core";

/**
 * A number that changes while training: a pure function from the number of updates so far to a float32 scalar.
 * Made of tensor operations, so that one compiled step serves all of training.
 */
export type Schedule = (step: TensorLike) => Tensor;

/** The step as float32. */
export const stepOf = (step: TensorLike): Tensor => asTensor(step).cast("float32");

/**
 * The same number at every step.
 *
 * ```ts doctest
 * import { constantSchedule } from "@adjoint/optim";
 * await constantSchedule(0.5)(100).item(); // => 0.5
 * ```
 */
export const constantSchedule =
  (value: number): Schedule =>
  () =>
    asTensor(value, "float32");
