import { dim, type Shape } from "../shape.ts";

/** Zeros added before and behind an axis; negative numbers crop. */
export type PadPair = readonly [low: number, high: number];

/** Parameters of `conv`, one entry per spatial axis (as `lax.conv_general_dilated`). */
export type ConvParams = {
  readonly strides: readonly number[];
  readonly padding: readonly PadPair[];
  readonly lhsDilation: readonly number[];
  readonly rhsDilation: readonly number[];
  /** Channels fall into this many groups, each with its own kernels. */
  readonly groups: number;
  /** Examples fall into this many groups, each with its own kernels; the transpose of `groups`. */
  readonly batchGroups: number;
};

/** Size of an axis with `dilation - 1` gaps between elements. */
export const dilated = (size: number, dilation: number): number =>
  size === 0 ? 0 : 1 + (size - 1) * dilation;

/** The axes behind batch (or output channels) and channels. */
export const spatialShape = (shape: Shape): Shape => shape.slice(2);

const padPair = (params: ConvParams, axis: number): PadPair => params.padding[axis] ?? [0, 0];

/** Shape of the result: (N / batchGroups, O, ...spatial). */
export const convShape = (x: Shape, kernel: Shape, params: ConvParams): Shape => {
  const window = spatialShape(kernel);
  const spatial = spatialShape(x).map((size, i) => {
    const [low, high] = padPair(params, i);
    const room =
      dilated(size, dim(params.lhsDilation, i)) +
      low +
      high -
      dilated(dim(window, i), dim(params.rhsDilation, i));
    return room < 0 ? 0 : Math.floor(room / dim(params.strides, i)) + 1;
  });
  return [dim(x, 0) / params.batchGroups, dim(kernel, 0), ...spatial];
};

/** Padding with which the convolution of the cotangent and the flipped kernel gives the cotangent of `x`. */
export const transposePadding = (
  x: Shape,
  kernel: Shape,
  out: Shape,
  params: ConvParams,
): readonly PadPair[] =>
  spatialShape(x).map((size, i): PadPair => {
    const window = dilated(dim(kernel, i + 2), dim(params.rhsDilation, i));
    const low = window - padPair(params, i)[0] - 1;
    const spread = dilated(dim(out, i + 2), dim(params.strides, i));
    return [low, dilated(size, dim(params.lhsDilation, i)) + window - 1 - spread - low];
  });

/** Padding with which the convolution of `x` with the cotangent gives the cotangent of the kernel. */
export const kernelPadding = (
  x: Shape,
  kernel: Shape,
  out: Shape,
  params: ConvParams,
): readonly PadPair[] =>
  spatialShape(x).map((size, i): PadPair => {
    const window = dilated(dim(kernel, i + 2), dim(params.rhsDilation, i));
    const [low] = padPair(params, i);
    const spread = dilated(dim(out, i + 2), dim(params.strides, i));
    return [low, spread - dilated(size, dim(params.lhsDilation, i)) + window - low - 1];
  });
