import { promoteTypes, type Tensor } from "@adjoint/core";
import type { Key } from "@adjoint/core/random";
import { replaceKernel } from "../internal/kernel.ts";
import type { Layer } from "../layers/layer.ts";
import { isHalf, widened } from "../internal/half-precision.ts";
import { kernelAxis } from "./kernel-axis.ts";

/** A kernel as direction and length: kernel = magnitude * direction / |direction|, one length for each output. */
export type WeightNormParams = { readonly direction: Tensor; readonly magnitude: Tensor };

/** Length over every axis but `axis`, with the axes kept; in at least float32, where squares of float16 do not overflow. */
const lengths = (operation: string, given: Tensor, axis: number): Tensor => {
  const kept = kernelAxis(operation, given, axis);
  const kernel = widened(given);
  const axes = kernel.shape.flatMap((_, i) => (i === kept ? [] : [i]));
  return kernel.mul(kernel).sum(axes, { keepDims: true }).sqrt();
};

/**
 * The direction and length whose kernel is the given one. `axis` is that of the outputs: the last of `linear`'s kernels
 * (default), 0 of convolutions. Throws ShapeError for an axis that the kernel does not have.
 */
export const weightNormOf = (kernel: Tensor, axis: number = -1): WeightNormParams => ({
  direction: kernel,
  magnitude: lengths("weightNormOf", kernel, axis).cast(kernel.dtype),
});

/**
 * The kernel of a direction and a length.
 * @see https://arxiv.org/abs/1602.07868
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { weightNormKernel } from "@adjoint/nn";
 * const params = { direction: tensor([[3], [4]]), magnitude: tensor([[10]]) };
 * await weightNormKernel(params).toArray(); // => [[6], [8]]
 * ```
 */
export const weightNormKernel = (
  { direction, magnitude }: WeightNormParams,
  axis: number = -1,
): Tensor => {
  const length = lengths("weightNormKernel", direction, axis);
  const kernel = widened(direction).mul(magnitude.div(length));
  return isHalf(direction) ? kernel.cast(promoteTypes(direction.dtype, magnitude.dtype)) : kernel;
};

/** Parameters of a layer whose kernel is held as direction and length. */
export type WeightNormed<P> = Omit<P, "kernel"> & { readonly kernel: WeightNormParams };

/**
 * The layer with its kernel held as direction and length. It starts as the plain layer does. `axis` as in `weightNormOf`.
 *
 * ```ts doctest
 * import { ones } from "@adjoint/core";
 * import { key } from "@adjoint/core/random";
 * import { linear, weightNormed } from "@adjoint/nn";
 * const layer = weightNormed(linear);
 * const params = layer.init(key(0), { inFeatures: 3, outFeatures: 2 });
 * params.kernel.magnitude.shape; // => [1, 2]
 * layer.apply(params, ones([5, 3])).shape; // => [5, 2]
 * ```
 */
export const weightNormed = <
  C,
  P extends { readonly kernel: Tensor },
  O extends readonly unknown[],
>(
  layer: Layer<C, P, O>,
  axis: number = -1,
): Layer<C, WeightNormed<P>, O> => ({
  init: (key: Key, config: C) => {
    const params = layer.init(key, config);
    return replaceKernel<WeightNormed<P>>(params, weightNormOf(params.kernel, axis));
  },
  apply: (params, x, ...options) =>
    layer.apply(replaceKernel<P>(params, weightNormKernel(params.kernel, axis)), x, ...options),
});
