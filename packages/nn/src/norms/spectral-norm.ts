import { ArgumentError, stopGradient, type Tensor } from "@adjoint/core";
import { type Key, normal, splitTuple } from "@adjoint/core/random";
import { isHalf, widened } from "../internal/half-precision.ts";
import { kernelAxis } from "./kernel-axis.ts";

/** Estimates of the first singular vectors of a kernel seen as a matrix (in, out): left (in), right (out). */
export type SpectralNormState = { readonly left: Tensor; readonly right: Tensor };

/** Settings of `spectralNorm`. */
export type SpectralNormOptions = {
  /** Steps of power iteration; default 1 as in PyTorch. 0 leaves the state as it is: evaluation. */
  readonly iterations?: number;
  /** Smallest length that is divided by; default 1e-12. */
  readonly eps?: number;
  /** Axis of the outputs: the last of `linear`'s kernels (default), 0 of convolutions. */
  readonly axis?: number;
};

/** The kernel as a matrix (in, out), in at least float32: squares of float16 overflow. */
const matrixOf = (operation: string, kernel: Tensor, axis: number): Tensor => {
  const place = kernelAxis(operation, kernel, axis);
  const others = kernel.shape.flatMap((_, i) => (i === place ? [] : [i]));
  const outputs = kernel.shape[place] ?? 1;
  return widened(kernel)
    .transpose([...others, place])
    .reshape([outputs === 0 ? 0 : kernel.size / outputs, outputs]);
};

const unit = (x: Tensor, eps: number): Tensor => {
  const length = x.mul(x).sum().sqrt();
  return x.div(length.greater(eps).where(length, eps));
};

const iterate = (
  matrix: Tensor,
  state: SpectralNormState,
  times: number,
  eps: number,
): SpectralNormState => {
  let { left, right } = state;
  for (let i = 0; i < times; i++) {
    right = unit(left.matmul(matrix), eps);
    left = unit(matrix.matmul(right), eps);
  }
  return { left, right };
};

const checkIterations = (iterations: number): void => {
  if (Number.isInteger(iterations) && iterations >= 0) return;
  throw new ArgumentError({
    operation: "spectralNorm",
    rule: "iterations must be a whole number of 0 or more",
    got: `${iterations}`,
  });
};

/**
 * State for a kernel: random vectors after 15 steps of power iteration, as PyTorch starts; float32 for half-precision
 * kernels. Throws ShapeError for an axis that the kernel does not have, ArgumentError for a bad number of iterations.
 */
export const spectralNormState = (
  key: Key,
  kernel: Tensor,
  { axis = -1, eps = 1e-12, iterations = 15 }: SpectralNormOptions = {},
): SpectralNormState => {
  checkIterations(iterations);
  const matrix = stopGradient(matrixOf("spectralNormState", kernel, axis));
  const [forLeft, forRight] = splitTuple(key, 2);
  const [rows = 1, columns = 1] = matrix.shape;
  const start = {
    left: unit(normal(forLeft, [rows]).cast(matrix.dtype), eps),
    right: unit(normal(forRight, [columns]).cast(matrix.dtype), eps),
  };
  return iterate(matrix, start, iterations, eps);
};

/**
 * The kernel divided by an estimate of its largest singular value, and the next state. Gradients flow through the kernel,
 * not through the power iteration, as in PyTorch's `spectral_norm`. Throws ArgumentError for a bad number of iterations.
 * @see https://arxiv.org/abs/1802.05957
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { key } from "@adjoint/core/random";
 * import { spectralNorm, spectralNormState } from "@adjoint/nn";
 * const kernel = tensor([[4, 0], [0, 1]]);
 * const [normed] = spectralNorm(kernel, spectralNormState(key(0), kernel));
 * await normed.toArray(); // => [[1, 0], [0, 0.25]]
 * ```
 */
export const spectralNorm = (
  kernel: Tensor,
  state: SpectralNormState,
  { iterations = 1, eps = 1e-12, axis = -1 }: SpectralNormOptions = {},
): readonly [Tensor, SpectralNormState] => {
  checkIterations(iterations);
  const matrix = matrixOf("spectralNorm", kernel, axis);
  const start = { left: widened(state.left), right: widened(state.right) };
  const next = iterate(stopGradient(matrix), start, iterations, eps);
  const left = stopGradient(next.left);
  const right = stopGradient(next.right);
  const normed = widened(kernel).div(left.matmul(matrix).mul(right).sum());
  const stored = isHalf(state.left)
    ? { left: left.cast(state.left.dtype), right: right.cast(state.right.dtype) }
    : { left, right };
  return [isHalf(kernel) ? normed.cast(kernel.dtype) : normed, stored];
};
