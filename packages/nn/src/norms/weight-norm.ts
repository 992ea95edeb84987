import type { Tensor } from "@adjoint/core";
import type { Key } from "@adjoint/core/random";
import { replaceKernel } from "../internal/kernel.ts";
import type { Layer } from "../layers/layer.ts";

/** A kernel as direction and length: kernel = magnitude * direction / |direction|, one length for each output. */
export type WeightNormParams = { readonly direction: Tensor; readonly magnitude: Tensor };

/** Length over every axis but `axis`, with the axes kept. */
const lengths = (kernel: Tensor, axis: number): Tensor => {
  const kept = axis < 0 ? kernel.rank + axis : axis;
  const axes = kernel.shape.flatMap((_, i) => (i === kept ? [] : [i]));
  return kernel.mul(kernel).sum(axes, { keepDims: true }).sqrt();
};

/**
 * The direction and length whose kernel is the given one. `axis` is that of the outputs: the last of `linear`'s kernels
 * (default), 0 of convolutions.
 */
export const weightNormOf = (kernel: Tensor, axis: number = -1): WeightNormParams => ({
  direction: kernel,
  magnitude: lengths(kernel, axis),
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
): Tensor => direction.mul(magnitude.div(lengths(direction, axis)));

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
