import { ArgumentError } from "@adjoint/core";
import { type Key, splitTuple } from "@adjoint/core/random";
import { type Activation, gelu } from "../activations/gelu.ts";
import type { Initializer } from "../init/initializer.ts";
import { checkRecords } from "../internal/check-tensors.ts";
import { dropout, type DropoutOptions } from "./dropout.ts";
import type { Layer } from "./layer.ts";
import { linear, type LinearParams } from "./linear.ts";

/** Settings of `mlp`. */
export type MlpConfig = {
  /** Widths from the input to the output: `[2, 8, 1]` has one hidden layer of 8. */
  readonly sizes: readonly number[];
  /** Whether the linear layers have biases; true when absent. */
  readonly useBias?: boolean;
  /** Kernels of all layers; default `lecunNormal`. */
  readonly kernelInit?: Initializer;
  /** Kernel of the last layer; default `kernelInit`. */
  readonly outputInit?: Initializer;
};

/** Parameters of `mlp`: one linear layer for each pair of neighbouring sizes. */
export type MlpParams = { readonly layers: readonly LinearParams[] };

/** Settings of `mlp.apply`. */
export type MlpOptions = DropoutOptions & {
  /** Applied between the layers, not after the last; default exact `gelu`. */
  readonly activation?: Activation;
};

const layerInit = ({ kernelInit, outputInit = kernelInit }: MlpConfig, last: boolean) => {
  const init = last ? outputInit : kernelInit;
  return init === undefined ? {} : { kernelInit: init };
};

/**
 * Linear layers with an activation between them: x (..., sizes[0]) gives (..., sizes.at(-1)). Dropout acts on the
 * result. `init` throws ArgumentError for fewer than two sizes.
 *
 * ```ts doctest
 * import { ones, relu } from "@adjoint/core";
 * import { key } from "@adjoint/core/random";
 * import { heNormal, mlp } from "@adjoint/nn";
 * const params = mlp.init(key(0), { sizes: [2, 8, 1], kernelInit: heNormal });
 * mlp.apply(params, ones([4, 2]), { activation: relu }).shape; // => [4, 1]
 * ```
 */
export const mlp: Layer<MlpConfig, MlpParams, [options?: MlpOptions]> = {
  init: (key, config) => {
    checkRecords("mlp", { config });
    const { sizes, useBias = true } = config;
    if (!Array.isArray(sizes) || sizes.length < 2)
      throw new ArgumentError({
        operation: "mlp",
        rule: "sizes needs an input and an output width",
        got: JSON.stringify(sizes),
      });
    const count = sizes.length - 1;
    const keys: readonly Key[] = splitTuple<number>(key, count);
    const layers = keys.map((layerKey, i) => {
      const [inFeatures = 0, outFeatures = 0] = sizes.slice(i);
      const init = layerInit(config, i === count - 1);
      return linear.init(layerKey, { inFeatures, outFeatures, useBias, ...init });
    });
    return { layers };
  },
  apply: ({ layers }, x, { activation = gelu, ...dropping } = {}) => {
    const y = layers.reduce((h, layer, i) => linear.apply(layer, i === 0 ? h : activation(h)), x);
    return dropout(y, dropping);
  },
};
