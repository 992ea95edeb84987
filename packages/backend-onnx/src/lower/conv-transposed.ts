import { dim, type Shape, sizeOf } from "@adjoint/core/backend";
import { intAttribute, intsAttribute } from "../proto/attributes.ts";
import { fewPlaces } from "./conv-folded.ts";
import { type Padding, padsAttribute, reachOf, side, spatialOf, surround } from "./conv-window.ts";
import { reshape, transpose } from "./emit.ts";
import type { GraphBuilder } from "./graph-builder.ts";
import { flip } from "./movement.ts";
import type { Value } from "./value.ts";

type G = GraphBuilder;

/**
 * A convolution with stride 1 over x (N, groups O, ...spatial) with gaps between its elements, told by the kernel (groups O, C, ...window)
 * that it is the transpose of: what has a size there is read from here.
 */
export type Spread = {
  /** Distance of neighbours in the result, one entry per spatial axis. */
  readonly steps: Shape;
  readonly dilations: Shape;
  /** That of the convolution over `x` with gaps. */
  readonly padding: Padding;
  readonly groups: number;
};

/**
 * The kernel (groups C, O, ...window) of a convolution as that of the convolution it is the transpose of, (groups O, C, ...window),
 * and the other way around.
 */
export const transposedKernel = (g: G, kernel: Value, groups: number): Value => {
  const [a, b, ...window] = kernel.shape;
  const [outer, inner] = [(a ?? 0) / groups, b ?? 0];
  const axes = window.map((_, i) => i + 3);
  const split = reshape(g, kernel, [groups, outer, inner, ...window]);
  const swapped = transpose(g, split, [0, 2, 1, ...axes]);
  return flip(
    g,
    reshape(g, swapped, [groups * inner, outer, ...window]),
    window.map((_, i) => i + 2),
  );
};

/** What is cut off both ends of the whole result, what the last places add, and what only zeros fill. */
type Edges = { readonly cut: Padding; readonly open: Shape; readonly zeros: Padding };

const edgesOf = (reach: Shape, { steps, padding }: Spread): Edges => {
  const over = padding.map((pair, i) => pair.map((n) => dim(reach, i) - n));
  const behind = side(over, 1).map((n) => Math.max(0, -n));
  const open = behind.map((n, i) => (n < dim(steps, i) ? n : 0));
  return {
    cut: over.map((pair) => pair.map((n) => Math.max(0, n))),
    open,
    zeros: over.map(([low = 0], i) => [Math.max(0, -low), dim(behind, i) - dim(open, i)]),
  };
};

/** `Col2Im` of ONNX Runtime 1.30 is wrong for several examples of any other number of spatial axes. */
const summedAxes = 2;

/** One product for all examples, whose results are added where they belong afterwards. */
const productAndSum = (
  g: G,
  x: Value,
  kernel: Value,
  sizes: Shape,
  edges: Edges,
  { steps, dilations }: Spread,
): Value => {
  const [examples, features] = [dim(x.shape, 0), dim(x.shape, 1)];
  const [places, taps] = [sizeOf(spatialOf(x)), sizeOf(kernel.shape.slice(1))];
  const rows = transpose(g, reshape(g, x, [examples, features, places]), [0, 2, 1]);
  const product = g.node(
    "MatMul",
    [reshape(g, rows, [examples * places, features]), reshape(g, kernel, [features, taps])],
    { type: x.type, shape: [examples * places, taps] },
  );
  const each = transpose(g, reshape(g, product, [examples, places, taps]), [0, 2, 1]);
  return g.node(
    "Col2Im",
    [each, g.ints(sizes), g.ints(spatialOf(kernel))],
    { type: x.type, shape: [examples, dim(kernel.shape, 1), ...sizes] },
    {
      strides: intsAttribute(steps),
      dilations: intsAttribute(dilations),
      pads: padsAttribute(edges.cut),
    },
  );
};

/**
 * The convolution over gaps as `ConvTranspose`, which multiplies no zeros; where examples have few places, as one product (see
 * `foldedConv`). Undefined where the result is nothing but padding.
 */
export const transposedConv = (
  g: G,
  x: Value,
  kernel: Value,
  spread: Spread,
): Value | undefined => {
  const { steps, dilations, groups } = spread;
  const reach = reachOf(kernel, dilations);
  const edges = edgesOf(reach, spread);
  const [low, high] = [side(edges.cut, 0), side(edges.cut, 1)];
  const sizes = spatialOf(x).map(
    (size, i) =>
      (size - 1) * dim(steps, i) +
      dim(reach, i) +
      1 +
      dim(edges.open, i) -
      dim(low, i) -
      dim(high, i),
  );
  if (sizes.some((size) => size < 1) || sizeOf(x.shape) === 0) return undefined;
  const isSmall = dim(x.shape, 0) > 1 && sizeOf(spatialOf(x)) <= fewPlaces;
  if (isSmall && groups === 1 && sizes.length === summedAxes)
    return surround(g, productAndSum(g, x, kernel, sizes, edges, spread), edges.zeros);
  const whole = g.node(
    "ConvTranspose",
    [x, kernel],
    { type: x.type, shape: [dim(x.shape, 0), dim(kernel.shape, 1) * groups, ...sizes] },
    {
      strides: intsAttribute(steps),
      dilations: intsAttribute(dilations),
      pads: padsAttribute(edges.cut),
      output_padding: intsAttribute(edges.open),
      group: intAttribute(groups),
      kernel_shape: intsAttribute(spatialOf(kernel)),
    },
  );
  return surround(g, whole, edges.zeros);
};
