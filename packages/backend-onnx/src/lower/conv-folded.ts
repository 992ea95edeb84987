import { dim, sizeOf } from "@adjoint/core/backend";
import { convNode, placesOf, spatialOf, type Window } from "./conv-window.ts";
import { reshape, transpose } from "./emit.ts";
import type { GraphBuilder } from "./graph-builder.ts";
import type { Value } from "./value.ts";

type G = GraphBuilder;

/** ONNX Runtime has quick kernels for convolutions of at most this many spatial axes. */
const mostAxes = 3;

/** Results of at most this many places an example are a product of too few columns; at 64 folding gains nothing more. */
export const fewPlaces = 49;

/**
 * The convolution where each example has few places: examples become a spatial axis, along which the window has size 1.
 *
 * ONNX Runtime multiplies the kernel with one matrix for each example, whose columns are the places of the result. The gradient
 * of a kernel is such a convolution: channels are its examples, a window of 3 by 3 its places, so it would be C products of 9
 * columns that all read the whole cotangent. Folded it is one of 9 C columns. The new axis comes last where that makes longer
 * runs of elements to copy. Undefined where there is nothing to gain.
 */
export const foldedConv = (g: G, x: Value, kernel: Value, window: Window): Value | undefined => {
  const places = placesOf(x, kernel, window);
  const [examples, channels] = [dim(x.shape, 0), dim(x.shape, 1)];
  if (examples < 2 || places.length >= mostAxes || sizeOf(places) > fewPlaces) return undefined;
  const isLast = examples >= (places.at(-1) ?? 1);
  const add = <T>(list: readonly T[], item: T): readonly T[] =>
    isLast ? [...list, item] : [item, ...list];
  const axes = places.map((_, i) => i + 2);
  const folded = convNode(
    g,
    reshape(g, transpose(g, x, [1, ...add(axes, 0)]), [
      1,
      channels,
      ...add(spatialOf(x), examples),
    ]),
    reshape(g, kernel, [...kernel.shape.slice(0, 2), ...add(spatialOf(kernel), 1)]),
    {
      strides: add(window.strides, 1),
      dilations: add(window.dilations, 1),
      padding: add(window.padding, [0, 0]),
      groups: window.groups,
    },
  );
  const features = dim(kernel.shape, 0);
  const whole = reshape(g, folded, [features, ...add(places, examples)]);
  const [at, first] = isLast ? [places.length + 1, 1] : [1, 2];
  return transpose(g, whole, [at, 0, ...places.map((_, i) => i + first)]);
};
