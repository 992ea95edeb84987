import { dim, type Shape } from "@adjoint/core/backend";
import { intAttribute, intsAttribute } from "../proto/attributes.ts";
import { like, reshape } from "./emit.ts";
import type { GraphBuilder } from "./graph-builder.ts";
import { pad } from "./movement.ts";
import type { Value } from "./value.ts";

type G = GraphBuilder;

/** Zeros before and behind each spatial axis; negative numbers crop. */
export type Padding = readonly (readonly number[])[];

/** How a window moves over `x`, one entry per spatial axis. */
export type Window = {
  readonly strides: Shape;
  readonly dilations: Shape;
  readonly padding: Padding;
  readonly groups: number;
};

/** The spatial axes of (N, C, ...spatial) or (O, C, ...window). */
export const spatialOf = ({ shape }: Value): Shape => shape.slice(2);

/** The numbers of elements between the first and the last of a window, both included, less one. */
export const reachOf = (kernel: Value, dilations: Shape): Shape =>
  spatialOf(kernel).map((size, i) => (size - 1) * dim(dilations, i));

/** One side of the padding: 0 is in front. */
export const side = (padding: Padding, at: 0 | 1): Shape => padding.map((pair) => pair[at] ?? 0);

/** All pads in the order of ONNX: those in front, then those behind. */
export const padsAttribute = (padding: Padding): ReturnType<typeof intsAttribute> =>
  intsAttribute([...side(padding, 0), ...side(padding, 1)]);

/** `x` with zeros around its spatial axes, and `gaps` of them between neighbours. */
export const surround = (g: G, x: Value, padding: Padding, gaps?: Shape): Value =>
  pad(
    g,
    x,
    like(g, 0, x),
    [0, 0, ...side(padding, 0)],
    [0, 0, ...side(padding, 1)],
    [0, 0, ...(gaps ?? padding.map(() => 0))],
  );

const signed = (padding: Padding, keep: (n: number) => number): Padding =>
  padding.map((pair) => pair.map(keep));

/**
 * A node takes only padding that adds: what crops is cut off before. Where that is more than there is, it takes of the zeros on the
 * other side, and they are added before too.
 */
const padded = (
  g: G,
  x: Value,
  padding: Padding,
): { readonly x: Value; readonly pads: Padding } => {
  const cuts = signed(padding, (n) => Math.min(0, n));
  const isCutWhole = spatialOf(x).some(
    (size, i) => size + dim(side(cuts, 0), i) + dim(side(cuts, 1), i) < 1,
  );
  return isCutWhole
    ? { x: surround(g, x, padding), pads: signed(padding, () => 0) }
    : { x: surround(g, x, cuts), pads: signed(padding, (n) => Math.max(0, n)) };
};

/** Spatial sizes of the result. */
export const placesOf = (x: Value, kernel: Value, window: Window): Shape => {
  const reach = reachOf(kernel, window.dilations);
  const [low, high] = [side(window.padding, 0), side(window.padding, 1)];
  return spatialOf(x).map((size, i) => {
    const room = size + dim(low, i) + dim(high, i) - dim(reach, i) - 1;
    return Math.floor(room / dim(window.strides, i)) + 1;
  });
};

/** The convolution as one node: x (N, groups C, ...spatial), kernel (O, C, ...window). */
export const convNode = (g: G, x: Value, kernel: Value, window: Window): Value => {
  const shape = [dim(x.shape, 0), dim(kernel.shape, 0), ...placesOf(x, kernel, window)];
  const { x: within, pads } = padded(g, x, window.padding);
  return g.node(
    "Conv",
    [within, kernel],
    { type: x.type, shape },
    {
      strides: intsAttribute(window.strides),
      dilations: intsAttribute(window.dilations),
      pads: padsAttribute(pads),
      group: intAttribute(window.groups),
      kernel_shape: intsAttribute(spatialOf(kernel)),
    },
  );
};

/** A kernel of no spatial axes is one of size 1. */
export const atLeastOneAxis = (g: G, x: Value): Value =>
  x.shape.length > 2 ? x : reshape(g, x, [...x.shape, 1]);
