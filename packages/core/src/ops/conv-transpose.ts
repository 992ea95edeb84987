import { ArgumentError, ShapeError } from "../errors.ts";
import { dilated, type PadPair, spatialShape } from "../primitives/conv-shape.ts";
import { moveGroups, swapLeading } from "../primitives/conv-layout.ts";
import { flipP } from "../primitives/flip.ts";
import { dim, formatShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { convolve, positive, requireRank } from "./conv.ts";
import { applyOne } from "./operand.ts";
import { perAxis, type PerAxis } from "./spatial.ts";

/** Settings of the transposed convolutions, as in PyTorch. */
export type ConvTransposeOptions = {
  readonly stride?: PerAxis;
  /** What the forward convolution was padded with: crops the result. */
  readonly padding?: PerAxis;
  /** Extra size behind each axis, to tell apart the sizes that a strided convolution maps to one. */
  readonly outputPadding?: PerAxis;
  readonly dilation?: PerAxis;
  readonly groups?: number;
};

/** Kernel (I, O / groups, ...window) as the flipped kernel (O, I / groups, ...window) of the forward convolution. */
const transposedKernel = (kernel: Tensor, groups: number): Tensor => {
  const swapped = swapLeading(moveGroups(kernel, 0, groups));
  return applyOne(flipP, [swapped], { axes: spatialShape(kernel.shape).map((_, i) => i + 2) });
};

const convTransposeOf =
  (rank: number) =>
  (x: Tensor, kernel: Tensor, options: ConvTransposeOptions): Tensor => {
    const operation = `convTranspose${rank}d`;
    requireRank(operation, x, kernel, rank);
    const groups = positive(operation, "groups", options.groups ?? 1);
    if (dim(kernel.shape, 0) !== dim(x.shape, 1) || dim(x.shape, 1) % groups !== 0)
      throw new ShapeError({
        operation,
        rule: "takes x (N, I, ...) and a kernel (I, O / groups, ...window) with groups dividing I",
        got: `${formatShape(x.shape)} and ${formatShape(kernel.shape)}, groups ${groups}`,
      });
    const crop = perAxis(operation, "padding", options.padding ?? 0, rank, 0);
    const extra = perAxis(operation, "outputPadding", options.outputPadding ?? 0, rank, 0);
    const dilation = perAxis(operation, "dilation", options.dilation ?? 1, rank, 1);
    const stride = perAxis(operation, "stride", options.stride ?? 1, rank, 1);
    if (extra.some((e, i) => e >= Math.max(dim(stride, i), dim(dilation, i))))
      throw new ArgumentError({
        operation,
        rule: "outputPadding must be smaller than stride or dilation",
        got: `outputPadding [${extra.join(",")}], stride [${stride.join(",")}]`,
      });
    const padding = spatialShape(kernel.shape).map((size, i): PadPair => {
      const border = dilated(size, dim(dilation, i)) - 1 - dim(crop, i);
      return [border, border + dim(extra, i)];
    });
    return convolve(operation, x, transposedKernel(kernel, groups), {
      padding,
      lhsDilation: stride,
      rhsDilation: dilation,
      groups,
    });
  };

/**
 * Transposed convolution over one spatial axis, the derivative of `conv1d` by its input: x (N, I, L), kernel
 * (I, O / groups, K) give (N, O, (L - 1) stride - 2 padding + dilation (K - 1) + outputPadding + 1).
 *
 * ```ts doctest
 * import { convTranspose1d, tensor } from "@adjoint/core";
 * await convTranspose1d(tensor([[[1, 2]]]), tensor([[[1, 10]]]), { stride: 2 }).toArray(); // => [[[1, 10, 2, 20]]]
 * ```
 */
export const convTranspose1d = (
  x: Tensor,
  kernel: Tensor,
  options: ConvTransposeOptions = {},
): Tensor => convTransposeOf(1)(x, kernel, options);

/** Transposed convolution over two spatial axes: x (N, I, H, W), kernel (I, O / groups, KH, KW). */
export const convTranspose2d = (
  x: Tensor,
  kernel: Tensor,
  options: ConvTransposeOptions = {},
): Tensor => convTransposeOf(2)(x, kernel, options);

/** Transposed convolution over three spatial axes: x (N, I, D, H, W), kernel (I, O / groups, KD, KH, KW). */
export const convTranspose3d = (
  x: Tensor,
  kernel: Tensor,
  options: ConvTransposeOptions = {},
): Tensor => convTransposeOf(3)(x, kernel, options);
