import { ones, rmsNorm as normalize, type Tensor, zeros } from "@adjoint/core";
import { checkSize } from "../internal/check.ts";
import type { Layer } from "../layers/layer.ts";

/** Settings of `rmsNorm`. */
export type RmsNormConfig = {
  readonly features: number;
  /** Whether there is a learned scale; true when absent. Without one the layer has no parameters, as in nanochat. */
  readonly useScale?: boolean;
  /** Whether the stored scale is the distance from 1, as in Gemma, and so starts at 0; false when absent. */
  readonly unitOffset?: boolean;
};

/** Parameters of `rmsNorm`: scale (C). */
export type RmsNormParams = { readonly scale?: Tensor };

/** Settings of `rmsNorm.apply`. */
export type RmsNormOptions = {
  /** Added to the mean square; default 1e-6. */
  readonly eps?: number;
  /** Whether 1 is added to the stored scale; as in the configuration. */
  readonly unitOffset?: boolean;
};

/**
 * Root-mean-square normalisation of the last axis: x / sqrt(mean(x^2) + eps) times the scale, for x (..., C). The
 * statistics are taken in at least float32. `init` throws ArgumentError for bad sizes, `apply` ShapeError when `x` does
 * not fit.
 * @see https://arxiv.org/abs/1910.07467
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { key } from "@adjoint/core/random";
 * import { rmsNorm } from "@adjoint/nn";
 * const params = rmsNorm.init(key(0), { features: 4 });
 * await rmsNorm.apply(params, tensor([1, 2, 3, 4])).toArray(); // => [0.3651, 0.7303, 1.0954, 1.4606]
 * ```
 */
export const rmsNorm: Layer<RmsNormConfig, RmsNormParams, [options?: RmsNormOptions]> = {
  init: (_key, { features, useScale = true, unitOffset = false }) => {
    const shape = [checkSize("rmsNorm", "features", features)];
    return useScale ? { scale: unitOffset ? zeros(shape) : ones(shape) } : {};
  },
  apply: ({ scale }, x, { eps, unitOffset = false } = {}) =>
    normalize(x, unitOffset ? scale?.add(1) : scale, eps === undefined ? {} : { eps }),
};
