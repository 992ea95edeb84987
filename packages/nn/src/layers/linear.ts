import type { Tensor } from "@adjoint/core";
import { splitTuple } from "@adjoint/core/random";
import { type Initializer, zerosInit } from "../init/initializer.ts";
import { lecunNormal } from "../init/variance-scaling.ts";
import { checkRecords, checkTensors } from "../internal/check-tensors.ts";
import { checkSize } from "../internal/check.ts";
import type { Layer } from "./layer.ts";

/** Settings of `linear`. */
export type LinearConfig = {
  readonly inFeatures: number;
  readonly outFeatures: number;
  /** Whether a bias is added; true when absent. */
  readonly useBias?: boolean;
  /** Default `lecunNormal`. */
  readonly kernelInit?: Initializer;
  /** Default `zerosInit`. */
  readonly biasInit?: Initializer;
};

/** Parameters of `linear`: kernel (in, out), the transpose of PyTorch's weight, and bias (out). */
export type LinearParams = { readonly kernel: Tensor; readonly bias?: Tensor };

/**
 * Affine map of the last axis: x (..., in) gives x kernel + bias (..., out).
 * `init` throws ArgumentError for bad sizes, `apply` ShapeError when `x` does not fit.
 *
 * ```ts doctest
 * import { ones } from "@adjoint/core";
 * import { key } from "@adjoint/core/random";
 * import { linear } from "@adjoint/nn";
 * const params = linear.init(key(0), { inFeatures: 3, outFeatures: 2 });
 * params.kernel.shape; // => [3, 2]
 * linear.apply(params, ones([5, 3])).shape; // => [5, 2]
 * ```
 */
export const linear: Layer<LinearConfig, LinearParams> = {
  init: (key, config) => {
    checkRecords("linear", { config });
    const { useBias = true, kernelInit = lecunNormal, biasInit = zerosInit } = config;
    const fanIn = checkSize("linear", "inFeatures", config.inFeatures);
    const fanOut = checkSize("linear", "outFeatures", config.outFeatures);
    const [forKernel, forBias] = splitTuple(key, 2);
    const kernel = kernelInit(forKernel, [fanIn, fanOut]);
    return useBias ? { kernel, bias: biasInit(forBias, [fanOut]) } : { kernel };
  },
  apply: (params, x) => {
    checkRecords("linear", { params });
    const { kernel, bias } = params;
    checkTensors("linear", { x, "params.kernel": kernel });
    const y = x.matmul(kernel);
    return bias === undefined ? y : y.add(bias);
  },
};
