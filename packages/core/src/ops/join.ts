import { ArgumentError, ShapeError } from "../errors.ts";
import { concatenateP } from "../primitives/concatenate.ts";
import { splitP } from "../primitives/split.ts";
import { dim, formatShape, normalizeAxis, sameShape } from "../shape.ts";
import { apply, type Tensor, type TensorLike } from "../tensor.ts";
import { requireAxes } from "./axes.ts";
import { applyOne, asTensor, promoteAll } from "./operand.ts";

/**
 * Joins tensors along an existing axis; dtypes promote. Throws ShapeError unless the other axes agree.
 *
 * ```ts doctest
 * import { concatenate, tensor } from "@adjoint/core";
 * await concatenate([tensor([1, 2]), tensor([3])]).toArray(); // => [1, 2, 3]
 * ```
 */
export const concatenate = (xs: readonly TensorLike[], axis: number = 0): Tensor => {
  const tensors = promoteAll("concatenate", xs);
  const [first] = tensors;
  if (first === undefined)
    throw new ArgumentError({ operation: "concatenate", rule: "needs at least one tensor" });
  requireAxes("concatenate", first);
  const place = normalizeAxis("concatenate", axis, first.rank);
  return tensors.length === 1 ? first : applyOne(concatenateP, tensors, { axis: place });
};

/**
 * Joins tensors of one shape along a new axis.
 *
 * ```ts doctest
 * import { stack, tensor } from "@adjoint/core";
 * await stack([tensor([1, 2]), tensor([3, 4])], 1).toArray(); // => [[1, 3], [2, 4]]
 * ```
 */
export const stack = (xs: readonly TensorLike[], axis: number = 0): Tensor => {
  const tensors = promoteAll("stack", xs);
  const shape = tensors[0]?.shape ?? [];
  if (!tensors.every((t) => sameShape(t.shape, shape)))
    throw new ShapeError({
      operation: "stack",
      rule: "shapes must be the same",
      got: tensors.map((t) => formatShape(t.shape)).join(" and "),
      fix: "use concatenate, or broadcastTo first",
    });
  const place = normalizeAxis("stack", axis, shape.length + 1);
  return concatenate(
    tensors.map((t) => t.expandDims(place)),
    place,
  );
};

/** The part of `x` from `start` to `limit` along one axis (non-negative, in range). */
export const sliceAxis = (x: Tensor, axis: number, start: number, limit: number): Tensor =>
  start === 0 && limit === dim(x.shape, axis)
    ? x
    : x.slice(
        x.shape.map((_, i) => (i === axis ? start : 0)),
        x.shape.map((d, i) => (i === axis ? limit : d)),
      );

const bounds = (size: number, parts: number | readonly number[]): readonly number[] => {
  if (typeof parts !== "number") return [0, ...parts.map((i) => clampIndex(i, size)), size];
  if (!Number.isInteger(parts) || parts < 1 || size % parts !== 0)
    throw new ShapeError({
      operation: "split",
      rule: "the number of parts must divide the axis",
      got: `${parts} parts of ${size}`,
      fix: "give the indices to split at",
    });
  return Array.from({ length: parts + 1 }, (_, i) => (i * size) / parts);
};

const clampIndex = (i: number, size: number): number =>
  Math.min(Math.max(i < 0 ? i + size : i, 0), size);

/**
 * Cuts a tensor along `axis` into equal parts, or before each of the given indices.
 *
 * ```ts doctest
 * import { arange, split } from "@adjoint/core";
 * const [a, b, c] = split(arange(6), [1, 3]);
 * [a?.shape, b?.shape, c?.shape]; // => [[1], [2], [3]]
 * split(arange(6), 2).length; // => 2
 * ```
 */
export const split = (
  x: TensorLike,
  parts: number | readonly number[],
  axis: number = 0,
): readonly Tensor[] => {
  const t = requireAxes("split", asTensor(x));
  const place = normalizeAxis("split", axis, t.rank);
  const edges = bounds(dim(t.shape, place), parts);
  const fills = edges.every((edge, i) => i === 0 || edge >= (edges[i - 1] ?? 0));
  if (fills)
    return apply(splitP, [t], {
      axis: place,
      sizes: edges.slice(1).map((limit, i) => limit - (edges[i] ?? 0)),
    });
  return edges.slice(1).map((limit, i) => {
    const start = edges[i] ?? 0;
    return sliceAxis(t, place, start, Math.max(start, limit)); // indices out of order, as NumPy takes them
  });
};

/** The parts of a tensor along `axis`, without that axis: what `stack` joins. */
export const unstack = (x: TensorLike, axis: number = 0): readonly Tensor[] => {
  const t = requireAxes("unstack", asTensor(x));
  const place = normalizeAxis("unstack", axis, t.rank);
  return Array.from({ length: dim(t.shape, place) }, (_, i) =>
    sliceAxis(t, place, i, i + 1).squeeze(place),
  );
};
