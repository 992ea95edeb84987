import { ArgumentError, ShapeError } from "../errors.ts";
import { convP } from "../primitives/conv.ts";
import { dilated, spatialShape } from "../primitives/conv-shape.ts";
import { dim, formatShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { applyOne, pairOf } from "./operand.ts";
import { padPairs, type Padding, perAxis, type PerAxis } from "./spatial.ts";

/** Settings of the general convolution, as `lax.conv_general_dilated`. */
export type ConvGeneralOptions = {
  readonly strides?: PerAxis;
  readonly padding?: Padding;
  /** Spreads the elements of `x`: a stride below 1. */
  readonly lhsDilation?: PerAxis;
  /** Spreads the elements of the kernel. */
  readonly rhsDilation?: PerAxis;
  /** Channels fall into this many groups, each with its own kernels. */
  readonly groups?: number;
  /** Examples fall into this many groups, each with its own kernels. */
  readonly batchGroups?: number;
};

/** A setting that must be a positive integer; throws ArgumentError. */
export const positive = (operation: string, name: string, value: number): number => {
  if (Number.isInteger(value) && value >= 1) return value;
  throw new ArgumentError({
    operation,
    rule: `${name} must be a positive integer`,
    got: `${value}`,
  });
};

/** Throws ShapeError unless both operands have `rank` spatial axes. */
export const requireRank = (operation: string, x: Tensor, kernel: Tensor, rank: number): void => {
  if (x.rank === rank + 2 && kernel.rank === rank + 2 && rank >= 0) return;
  throw new ShapeError({
    operation,
    rule: `takes x (N, C, ...spatial) and a kernel (O, I, ...window), each with ${rank} spatial axes`,
    got: `${formatShape(x.shape)} and ${formatShape(kernel.shape)}`,
    fix: "use expandDims for a single example",
  });
};

/** Checks the settings and convolves; `operation` is the name in errors. */
export const convolve = (
  operation: string,
  a: Tensor,
  b: Tensor,
  options: ConvGeneralOptions,
): Tensor => {
  const [x, kernel] = pairOf(a, b);
  const rank = x.rank - 2;
  requireRank(operation, x, kernel, rank);
  const strides = perAxis(operation, "stride", options.strides ?? 1, rank, 1);
  const lhsDilation = perAxis(operation, "lhsDilation", options.lhsDilation ?? 1, rank, 1);
  const rhsDilation = perAxis(operation, "dilation", options.rhsDilation ?? 1, rank, 1);
  const sizes = spatialShape(x.shape).map((size, i) => dilated(size, dim(lhsDilation, i)));
  const window = { sizes, windows: spatialShape(kernel.shape), strides, dilations: rhsDilation };
  return applyOne(convP, [x, kernel], {
    strides,
    padding: padPairs(operation, options.padding ?? "valid", window),
    lhsDilation,
    rhsDilation,
    groups: positive(operation, "groups", options.groups ?? 1),
    batchGroups: positive(operation, "batchGroups", options.batchGroups ?? 1),
  });
};

/**
 * General convolution (cross-correlation) over any number of spatial axes: x (N, C, ...spatial) and a kernel
 * (O, C / groups, ...window) give (N / batchGroups, O, ...). Throws ShapeError when the shapes do not fit.
 * @see https://docs.jax.dev/en/latest/_autosummary/jax.lax.conv_general_dilated.html
 */
export const conv = (x: Tensor, kernel: Tensor, options: ConvGeneralOptions = {}): Tensor =>
  convolve("conv", x, kernel, options);

/** Settings of `conv1d`, `conv2d` and `conv3d`. */
export type ConvOptions = {
  readonly stride?: PerAxis;
  readonly padding?: Padding;
  readonly dilation?: PerAxis;
  readonly groups?: number;
};

/** The convolutions of networks do not crop. */
const checkSide = (operation: string, padding: Padding): void => {
  const sides: readonly unknown[] = [padding].flat(2);
  if (!sides.some((side) => typeof side === "number" && side < 0)) return;
  throw new ArgumentError({
    operation,
    rule: "padding must not be negative",
    got: JSON.stringify(padding),
    fix: "crop with slice, or use conv",
  });
};

const convOf =
  (rank: number) =>
  (x: Tensor, kernel: Tensor, options: ConvOptions): Tensor => {
    const operation = `conv${rank}d`;
    requireRank(operation, x, kernel, rank);
    const { stride = 1, padding = "valid", dilation = 1, groups = 1 } = options;
    checkSide(operation, padding);
    const y = convolve(operation, x, kernel, {
      strides: stride,
      padding,
      rhsDilation: dilation,
      groups,
    });
    if (!spatialShape(y.shape).includes(0)) return y;
    throw new ShapeError({
      operation,
      rule: "the kernel must fit in the padded input",
      got: `kernel ${formatShape(kernel.shape)} for ${formatShape(x.shape)}`,
    });
  };

/**
 * Convolution over one spatial axis: x (N, C, L), kernel (O, C / groups, K) give (N, O, L'). Throws ShapeError for shapes
 * that do not fit, ArgumentError for settings that do not.
 *
 * ```ts doctest
 * import { conv1d, tensor } from "@adjoint/core";
 * await conv1d(tensor([[[1, 2, 3, 4]]]), tensor([[[1, 1]]])).toArray(); // => [[[3, 5, 7]]]
 * await conv1d(tensor([[[1, 2, 3, 4]]]), tensor([[[1, 1]]]), { padding: "same", stride: 2 }).toArray(); // => [[[3, 7]]]
 * ```
 */
export const conv1d = (x: Tensor, kernel: Tensor, options: ConvOptions = {}): Tensor =>
  convOf(1)(x, kernel, options);

/** Convolution over two spatial axes: x (N, C, H, W), kernel (O, C / groups, KH, KW) give (N, O, H', W'). */
export const conv2d = (x: Tensor, kernel: Tensor, options: ConvOptions = {}): Tensor =>
  convOf(2)(x, kernel, options);

/** Convolution over three spatial axes: x (N, C, D, H, W), kernel (O, C / groups, KD, KH, KW). */
export const conv3d = (x: Tensor, kernel: Tensor, options: ConvOptions = {}): Tensor =>
  convOf(3)(x, kernel, options);
