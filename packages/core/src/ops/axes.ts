import { ArgumentError, ShapeError } from "../errors.ts";
import { flipP } from "../primitives/flip.ts";
import type { Axis } from "../methods.ts";
import { broadcastShapes, checkShape, normalizeAxes, normalizeAxis, type Shape } from "../shape.ts";
import type { Tensor, TensorLike } from "../tensor.ts";
import { applyOne, asTensor } from "./operand.ts";

/**
 * The same elements in row-major order under another shape; one size may be -1, meaning "what is left".
 *
 * ```ts doctest
 * import { arange, reshape } from "@adjoint/core";
 * await reshape(arange(6), [2, -1]).toArray(); // => [[0, 1, 2], [3, 4, 5]]
 * ```
 */
export const reshape = (x: TensorLike, shape: Shape): Tensor => asTensor(x).reshape(shape);

/** All elements in one axis. */
export const ravel = (x: TensorLike): Tensor => asTensor(x).flatten();

/** Permutes the axes: axis `i` of the result is axis `perm[i]` of `x`; without `perm` their order is reversed. */
export const transpose = (x: TensorLike, perm?: readonly number[]): Tensor =>
  asTensor(x).transpose(perm);

/** Exchanges two axes. */
export const swapaxes = (x: TensorLike, axis1: number, axis2: number): Tensor => {
  const t = asTensor(x);
  const [a, b] = [
    normalizeAxis("swapaxes", axis1, t.rank),
    normalizeAxis("swapaxes", axis2, t.rank),
  ];
  return t.transpose(t.shape.map((_, i) => (i === a ? b : i === b ? a : i)));
};

const axisList = (operation: string, axes: Axis, rank: number): readonly number[] => {
  const list = (typeof axes === "number" ? [axes] : axes).map((a) =>
    normalizeAxis(operation, a, rank),
  );
  normalizeAxes(operation, list, rank); // refuses repeated ones
  return list;
};

/**
 * Moves axes to other places; the rest keep their order.
 *
 * ```ts doctest
 * import { moveaxis, zeros } from "@adjoint/core";
 * moveaxis(zeros([2, 3, 4]), 0, -1).shape; // => [3, 4, 2]
 * ```
 */
export const moveaxis = (x: TensorLike, source: Axis, destination: Axis): Tensor => {
  const t = asTensor(x);
  const [from, to] = [
    axisList("moveaxis", source, t.rank),
    axisList("moveaxis", destination, t.rank),
  ];
  if (from.length !== to.length)
    throw new ArgumentError({
      operation: "moveaxis",
      rule: "source and destination must name equally many axes",
      got: `${from.length} and ${to.length}`,
    });
  const rest = t.shape.flatMap((_, i) => (from.includes(i) ? [] : [i]));
  const order = to.map((place, i) => [place, from[i] ?? 0] as const).sort(([a], [b]) => a - b);
  return t.transpose(
    order.reduce<readonly number[]>((perm, [place, axis]) => perm.toSpliced(place, 0, axis), rest),
  );
};

/** Repeats along new leading axes and along axes of size 1, as NumPy broadcasting does. */
export const broadcastTo = (x: TensorLike, shape: Shape): Tensor =>
  asTensor(x).broadcastTo(checkShape("broadcastTo", shape));

/** Several tensors broadcast to their common shape. */
export const broadcastArrays = (...xs: readonly TensorLike[]): readonly Tensor[] => {
  const tensors = xs.map((x) => asTensor(x));
  const shape = broadcastShapes("broadcastArrays", ...tensors.map((t) => t.shape));
  return tensors.map((t) => t.broadcastTo(shape));
};

/** Drops axes of size 1: the given ones, or all of them. Throws ShapeError for an axis of another size. */
export const squeeze = (x: TensorLike, axis?: Axis): Tensor => asTensor(x).squeeze(axis);

/**
 * Inserts axes of size 1, at the places they have in the result.
 *
 * ```ts doctest
 * import { expandDims, zeros } from "@adjoint/core";
 * expandDims(zeros([2, 3]), [0, -1]).shape; // => [1, 2, 3, 1]
 * ```
 */
export const expandDims = (x: TensorLike, axis: Axis): Tensor => {
  const t = asTensor(x);
  const count = typeof axis === "number" ? 1 : axis.length;
  const places = normalizeAxes("expandDims", axis, t.rank + count);
  return t.reshape(places.reduce<Shape>((shape, place) => shape.toSpliced(place, 0, 1), t.shape));
};

/** `x` with at least `rank` axes, new ones of size 1 in front. */
export const atLeastRank = (x: TensorLike, rank: number): Tensor => {
  const t = asTensor(x);
  return t.reshape([...new Array<number>(Math.max(0, rank - t.rank)).fill(1), ...t.shape]);
};

/** Reverses the order of the elements along `axis` (one, several, or all when absent). */
export const flip = (x: TensorLike, axis?: Axis): Tensor => {
  const t = asTensor(x);
  const axes = normalizeAxes("flip", axis, t.rank);
  return axes.length === 0 ? t : applyOne(flipP, [t], { axes });
};

/** Throws ShapeError unless `x` has at least one axis. */
export const requireAxes = (operation: string, x: Tensor): Tensor => {
  if (x.rank > 0) return x;
  throw new ShapeError({
    operation,
    rule: "needs a tensor with at least one axis",
    got: "a scalar",
  });
};
