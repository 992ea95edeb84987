import {
  conv1d as convolve1d,
  conv2d as convolve2d,
  conv3d as convolve3d,
  type ConvOptions,
  convTranspose1d as transposed1d,
  convTranspose2d as transposed2d,
  convTranspose3d as transposed3d,
  type ConvTransposeOptions,
  ArgumentError,
  type Tensor,
} from "@adjoint/core";
import { splitTuple } from "@adjoint/core/random";
import { type Initializer, zerosInit } from "../init/initializer.ts";
import { lecunNormal } from "../init/variance-scaling.ts";
import { checkSize } from "../internal/check.ts";
import { overChannels } from "../norms/channels.ts";
import type { Layer } from "./layer.ts";

/** Settings of the convolutions. */
export type ConvConfig = {
  readonly inChannels: number;
  readonly outChannels: number;
  /** Size of the window: a number for every spatial axis, or one each. */
  readonly kernelSize: number | readonly number[];
  /** Channels fall into this many groups, each with its own kernels; default 1. `inChannels` is depthwise. */
  readonly groups?: number;
  /** Whether a bias is added; true when absent. */
  readonly useBias?: boolean;
  /** Gets the shape (...window, in, out); default `lecunNormal`. */
  readonly kernelInit?: Initializer;
  /** Default `zerosInit`. */
  readonly biasInit?: Initializer;
};

/** Parameters of the convolutions: kernel in PyTorch's layout, and bias (O). */
export type ConvParams = { readonly kernel: Tensor; readonly bias?: Tensor };

/** The type of the convolutions. */
export type ConvLayer = Layer<ConvConfig, ConvParams, [options?: ConvOptions]>;

/** The type of the transposed convolutions. */
export type ConvTransposeLayer = Layer<ConvConfig, ConvParams, [options?: ConvTransposeOptions]>;

const windowOf = (
  operation: string,
  kernelSize: ConvConfig["kernelSize"],
  rank: number,
): readonly number[] => {
  const sizes =
    typeof kernelSize === "number" ? new Array<number>(rank).fill(kernelSize) : kernelSize;
  if (sizes.length === rank) return sizes.map((size) => checkSize(operation, "kernelSize", size));
  throw new ArgumentError({
    operation,
    rule: `kernelSize must be a number, or ${rank} of them`,
    got: JSON.stringify(kernelSize),
  });
};

/** A kernel whose initializer sees (...window, in, out), with `first` of the two channel axes in front. */
const initConv =
  (operation: string, rank: number, isTransposed: boolean): ConvLayer["init"] =>
  (key, config) => {
    const { groups = 1, useBias = true, kernelInit = lecunNormal, biasInit = zerosInit } = config;
    const inputs = checkSize(operation, "inChannels", config.inChannels);
    const outputs = checkSize(operation, "outChannels", config.outChannels);
    if (inputs % checkSize(operation, "groups", groups) !== 0 || outputs % groups !== 0)
      throw new ArgumentError({
        operation,
        rule: "groups must divide inChannels and outChannels",
        got: `${groups} groups for ${inputs} and ${outputs} channels`,
      });
    const window = windowOf(operation, config.kernelSize, rank);
    const [forKernel, forBias] = splitTuple(key, 2);
    const axes = window.map((_, i) => i);
    const kernel = isTransposed
      ? kernelInit(forKernel, [...window, inputs, outputs / groups]).transpose([
          rank,
          rank + 1,
          ...axes,
        ])
      : kernelInit(forKernel, [...window, inputs / groups, outputs]).transpose([
          rank + 1,
          rank,
          ...axes,
        ]);
    return useBias ? { kernel, bias: biasInit(forBias, [outputs]) } : { kernel };
  };

type Apply<O> = (x: Tensor, kernel: Tensor, options?: O) => Tensor;

const withBias =
  <O>(convolve: Apply<O>) =>
  ({ kernel, bias }: ConvParams, x: Tensor, options?: O): Tensor => {
    const y = convolve(x, kernel, options);
    return bias === undefined ? y : y.add(overChannels(bias, y));
  };

/**
 * Convolution over one spatial axis: x (N, C, L) gives (N, O, L'); kernel (O, C / groups, K) as in PyTorch. Groups are
 * given to `init` and to `apply`. `init` throws ArgumentError for bad sizes, `apply` ShapeError when `x` does not fit.
 *
 * ```ts doctest
 * import { ones } from "@adjoint/core";
 * import { key } from "@adjoint/core/random";
 * import { conv1d } from "@adjoint/nn";
 * const params = conv1d.init(key(0), { inChannels: 4, outChannels: 6, kernelSize: 3 });
 * params.kernel.shape; // => [6, 4, 3]
 * conv1d.apply(params, ones([2, 4, 10]), { padding: "same", stride: 2 }).shape; // => [2, 6, 5]
 * ```
 */
export const conv1d: ConvLayer = {
  init: (key, config) => initConv("conv1d", 1, false)(key, config),
  apply: (params, x, options) => withBias(convolve1d)(params, x, options),
};

/** Convolution over two spatial axes: x (N, C, H, W) gives (N, O, H', W'); kernel (O, C / groups, KH, KW). See `conv1d`. */
export const conv2d: ConvLayer = {
  init: (key, config) => initConv("conv2d", 2, false)(key, config),
  apply: (params, x, options) => withBias(convolve2d)(params, x, options),
};

/** Convolution over three spatial axes: x (N, C, D, H, W); kernel (O, C / groups, KD, KH, KW). See `conv1d`. */
export const conv3d: ConvLayer = {
  init: (key, config) => initConv("conv3d", 3, false)(key, config),
  apply: (params, x, options) => withBias(convolve3d)(params, x, options),
};

/**
 * Transposed convolution over one spatial axis: x (N, C, L) gives (N, O, L'); kernel (C, O / groups, K) as in PyTorch.
 *
 * ```ts doctest
 * import { ones } from "@adjoint/core";
 * import { key } from "@adjoint/core/random";
 * import { convTranspose1d } from "@adjoint/nn";
 * const params = convTranspose1d.init(key(0), { inChannels: 4, outChannels: 6, kernelSize: 2 });
 * convTranspose1d.apply(params, ones([2, 4, 5]), { stride: 2 }).shape; // => [2, 6, 10]
 * ```
 */
export const convTranspose1d: ConvTransposeLayer = {
  init: (key, config) => initConv("convTranspose1d", 1, true)(key, config),
  apply: (params, x, options) => withBias(transposed1d)(params, x, options),
};

/** Transposed convolution over two spatial axes: kernel (C, O / groups, KH, KW). See `convTranspose1d`. */
export const convTranspose2d: ConvTransposeLayer = {
  init: (key, config) => initConv("convTranspose2d", 2, true)(key, config),
  apply: (params, x, options) => withBias(transposed2d)(params, x, options),
};

/** Transposed convolution over three spatial axes: kernel (C, O / groups, KD, KH, KW). See `convTranspose1d`. */
export const convTranspose3d: ConvTransposeLayer = {
  init: (key, config) => initConv("convTranspose3d", 3, true)(key, config),
  apply: (params, x, options) => withBias(transposed3d)(params, x, options),
};
