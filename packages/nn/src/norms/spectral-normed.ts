import type { Tensor } from "@adjoint/core";
import { key as keyOf } from "@adjoint/core/random";
import { withoutTrain } from "../internal/any-module.ts";
import { replaceKernel } from "../internal/kernel.ts";
import type { Layer } from "../layers/layer.ts";
import type { StatefulLayer } from "../layers/stateful-layer.ts";
import {
  spectralNorm,
  type SpectralNormOptions,
  spectralNormState,
  type SpectralNormState,
} from "./spectral-norm.ts";

/** Settings that a spectrally normed layer has besides its own. */
export type SpectralNormedOptions = {
  /** Whether the estimate moves; false when absent: evaluation. */
  readonly train?: boolean;
};

/**
 * The layer with its kernel divided by an estimate of its largest singular value; settings as those of `spectralNorm`,
 * `axis` 0 for convolutions. Parameters are those of the plain layer. The state starts from random vectors, as in the
 * paper, and so estimates too low for some steps; `spectralNormState(key, params.kernel)` is PyTorch's start. Evaluating
 * takes the iteration as well (PyTorch does not) and leaves the state as it is.
 * @see https://arxiv.org/abs/1802.05957
 *
 * ```ts doctest
 * import { ones } from "@adjoint/core";
 * import { key } from "@adjoint/core/random";
 * import { linear, spectralNormed } from "@adjoint/nn";
 * const [layer, config] = [spectralNormed(linear), { inFeatures: 3, outFeatures: 2 }];
 * const [params, state] = [layer.init(key(0), config), layer.initState(config)];
 * const [y, next] = layer.apply(params, state, ones([5, 3]), { train: true });
 * [y.shape, next.left.shape, next.right.shape]; // => [[5, 2], [3], [2]]
 * ```
 */
export const spectralNormed = <
  C,
  P extends { readonly kernel: Tensor },
  O extends object = Record<never, never>,
>(
  layer: Layer<C, P, [options?: O]>,
  settings: SpectralNormOptions = {},
): StatefulLayer<C, P, SpectralNormState, [options?: O & SpectralNormedOptions]> => ({
  init: (key, config) => layer.init(key, config),
  initState: (config) => {
    const { kernel } = layer.init(keyOf(0), config);
    return spectralNormState(keyOf(1), kernel, { ...settings, iterations: 0 });
  },
  apply: (params, state, x, options) => {
    const [kernel, next] = spectralNorm(params.kernel, state, settings);
    const y = layer.apply(replaceKernel<P>(params, kernel), x, withoutTrain<O>(options));
    return [y, options?.train === true ? next : state];
  },
});
