import { DTypeError, ShapeError } from "../errors.ts";
import { formatAval, type Aval } from "../ir/aval.ts";
import { dim, formatShape, type Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { fold, moveGroups, swapLeading, unfold } from "./conv-layout.ts";
import { convHost } from "./conv-kernel.ts";
import {
  type ConvParams,
  convShape,
  kernelPadding,
  spatialShape,
  transposePadding,
} from "./conv-shape.ts";
import { addTangents } from "./elementwise.ts";
import { flipP } from "./flip.ts";
import { twoOperands } from "./operands.ts";
import { type Batched, bindOne, only, type Primitive } from "./primitive.ts";
import { formatAvals } from "./unary.ts";

/** Cotangent of `x`: the cotangent convolved with the flipped kernel, strides and dilation exchanged. */
const transposeInput = (ct: Tensor, kernel: Tensor, x: Shape, params: ConvParams): Tensor => {
  const groups = Math.max(params.groups, params.batchGroups);
  const flipped = bindOne(flipP, [moveGroups(kernel, 0, groups)], {
    axes: spatialShape(x).map((_, i) => i + 2),
  });
  const result = bindOne(convP, [ct, swapLeading(flipped)], {
    strides: params.lhsDilation,
    padding: transposePadding(x, kernel.shape, ct.shape, params),
    lhsDilation: params.strides,
    rhsDilation: params.rhsDilation,
    groups,
    batchGroups: 1,
  });
  return moveGroups(result, 1, params.batchGroups);
};

/** Cotangent of the kernel: `x` convolved with the cotangent, examples taking the part of channels. */
const transposeKernel = (ct: Tensor, x: Tensor, kernel: Shape, params: ConvParams): Tensor => {
  const result = bindOne(convP, [swapLeading(x), swapLeading(ct)], {
    strides: params.rhsDilation,
    padding: kernelPadding(x.shape, kernel, ct.shape, params),
    lhsDilation: params.lhsDilation,
    rhsDilation: params.strides,
    groups: params.batchGroups,
    batchGroups: params.groups,
  });
  return swapLeading(result);
};

const batchBoth = (x: Tensor, kernel: Tensor, size: number, params: ConvParams): Tensor => {
  const { groups, batchGroups } = params;
  const wide =
    batchGroups > 1
      ? { ...params, batchGroups: batchGroups * size }
      : { ...params, groups: groups * size };
  const folded = fold(x, batchGroups > 1 ? 0 : 1);
  return unfold(bindOne(convP, [folded, fold(kernel, 0)], wide), 1, size);
};

const batchConv = (
  inputs: readonly Tensor[],
  [xs, kernels]: readonly boolean[],
  size: number,
  params: ConvParams,
): Tensor => {
  const [x, kernel] = twoOperands("conv", inputs);
  if (xs === true && kernels === true) return batchBoth(x, kernel, size, params);
  if (xs === true)
    return unfold(bindOne(convP, [fold(x, 0, params.batchGroups), kernel], params), 0, size);
  const outer = Math.max(params.groups, params.batchGroups);
  return unfold(bindOne(convP, [x, fold(kernel, 0, outer)], params), 1, size, outer);
};

const check = (x: Aval, kernel: Aval, params: ConvParams): void => {
  const { groups, batchGroups } = params;
  if (x.dtype !== kernel.dtype || x.dtype === "bool")
    throw new DTypeError({
      operation: "conv",
      rule: "operands must have one numeric dtype",
      got: formatAvals([x, kernel]),
    });
  const rank = x.shape.length - 2;
  const lists = [params.strides, params.padding, params.lhsDilation, params.rhsDilation];
  if (rank < 0 || kernel.shape.length !== x.shape.length || lists.some((l) => l.length !== rank))
    throw new ShapeError({
      operation: "conv",
      rule: "takes x (N, C, ...spatial) and a kernel (O, I, ...window), with one setting per spatial axis",
      got: formatAvals([x, kernel]),
    });
  const [n, c, o, i] = [
    dim(x.shape, 0),
    dim(x.shape, 1),
    dim(kernel.shape, 0),
    dim(kernel.shape, 1),
  ];
  const divides = n % batchGroups === 0 && o % groups === 0 && o % batchGroups === 0;
  if (c !== i * groups || !divides || (groups > 1 && batchGroups > 1))
    throw new ShapeError({
      operation: "conv",
      rule: "channels of x must be groups times those of the kernel, and groups must divide the output channels",
      got: `x ${formatShape(x.shape)}, kernel ${formatShape(kernel.shape)}, groups ${groups}, batchGroups ${batchGroups}`,
    });
};

/**
 * Convolution (cross-correlation) of x (N, C, ...spatial) with kernels (O, C / groups, ...window).
 * @see https://docs.jax.dev/en/latest/_autosummary/jax.lax.conv_general_dilated.html
 */
export const convP: Primitive<ConvParams> = {
  name: "conv",
  abstractEval: (inputs, params) => {
    const [x, kernel] = twoOperands("conv", inputs);
    check(x, kernel, params);
    return [{ shape: convShape(x.shape, kernel.shape, params), dtype: x.dtype }];
  },
  evaluate: (inputs, params) => [convHost(...twoOperands("conv", inputs), params)],
  jvp: (inputs, [tx = null, tk = null], _outputs, params) => {
    const [x, kernel] = twoOperands("conv", inputs);
    const left = tx === null ? null : bindOne(convP, [tx, kernel], params);
    const right = tk === null ? null : bindOne(convP, [x, tk], params);
    return [addTangents(left, right)];
  },
  transpose: (cotangents, inputs, params) => {
    const ct = only(cotangents);
    const [x, kernel] = twoOperands("conv", inputs);
    if (ct === null) return [null, null];
    if (x.linear && !kernel.linear)
      return [transposeInput(ct, kernel.value, x.aval.shape, params), null];
    if (kernel.linear && !x.linear)
      return [null, transposeKernel(ct, x.value, kernel.aval.shape, params)];
    throw new DTypeError({
      operation: "conv",
      rule: "is linear in one operand at a time",
      got: formatAval(x.aval),
    });
  },
  vmap: (inputs, batched, params, { size }): Batched => ({
    outputs: [batchConv(inputs, batched, size, params)],
    batched: [true],
  }),
};
