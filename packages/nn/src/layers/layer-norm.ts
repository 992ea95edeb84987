import { layerNorm as normalize, ones, type Tensor, zeros } from "@adjoint/core";
import { checkSize } from "../internal/check.ts";
import type { Layer } from "./layer.ts";

/** Settings of `layerNorm`. */
export type LayerNormConfig = {
  readonly features: number;
  /** Whether a bias is added; true when absent. */
  readonly useBias?: boolean;
};

/** Parameters of `layerNorm`: scale (C) and bias (C). */
export type LayerNormParams = { readonly scale: Tensor; readonly bias?: Tensor };

/** Settings of `layerNorm.apply`. */
export type LayerNormOptions = {
  /** Added to the variance; default 1e-5. */
  readonly eps?: number;
};

/**
 * Layer normalisation of the last axis: x (..., C) gives (..., C). The key of `init` is not used: scale is 1, bias 0.
 * `init` throws ArgumentError for bad sizes, `apply` ShapeError when `x` does not fit.
 * @see https://arxiv.org/abs/1607.06450
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { key } from "@adjoint/core/random";
 * import { layerNorm } from "@adjoint/nn";
 * const params = layerNorm.init(key(0), { features: 2 });
 * await layerNorm.apply(params, tensor([1, 3]), { eps: 0 }).toArray(); // => [-1, 1]
 * ```
 */
export const layerNorm: Layer<LayerNormConfig, LayerNormParams, [options?: LayerNormOptions]> = {
  init: (_key, { features, useBias = true }) => {
    const shape = [checkSize("layerNorm", "features", features)];
    return useBias ? { scale: ones(shape), bias: zeros(shape) } : { scale: ones(shape) };
  },
  apply: ({ scale, bias }, x, options) => normalize(x, scale, bias, options),
};
