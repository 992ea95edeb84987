import type { DType } from "../dtype.ts";
import { ShapeError } from "../errors.ts";
import { andP, remP } from "../primitives/binary.ts";
import { gatherAlong, gatherP } from "../primitives/gather-scatter.ts";
import { broadcastShapes, dim, formatShape, normalizeAxis } from "../shape.ts";
import { Tensor, type TensorLike } from "../tensor.ts";
import { fromStart, type IndexLike, indicesOf } from "./indices.ts";
import { applyOne, applyPlain, asTensor } from "./operand.ts";

/** What indices beyond the ends give: the nearest element, the element counted modulo the size, or a fill value. */
export type TakeMode = "clip" | "wrap" | "fill";

/** Settings of `takeAlongAxis`. */
export type TakeAlongOptions = {
  /**
   * What to do out of range, where negative indices first count from the end; default "clip". "fill" gives NaN
   * (-2^31 in int32, 2^32 - 1 in uint32, true in bool).
   */
  readonly mode?: TakeMode;
};

/** Settings of `take`. */
export type TakeOptions = TakeAlongOptions & {
  /** Axis to take from; without it, `x` counts as flattened. */
  readonly axis?: number;
};

const fillValue = (dtype: DType): number => {
  if (dtype === "int32") return -(2 ** 31);
  if (dtype === "uint32") return 2 ** 32 - 1;
  return dtype === "bool" ? 1 : Number.NaN;
};

const wrapAround = (indices: Tensor, size: number): Tensor => {
  const n = Tensor.literal(size, "int32");
  const rest = applyPlain(remP, indices, n.broadcastTo(indices.shape));
  return rest.less(0).where(rest.add(n), rest);
};

/** Indices to gather with, and what to do with the gathered elements. */
type Lookup = {
  readonly places: Tensor;
  readonly finish: (taken: Tensor, mask: (inside: Tensor) => Tensor) => Tensor;
};

const lookup = (indices: Tensor, size: number, mode: TakeMode): Lookup => {
  if (mode === "wrap") return { places: wrapAround(indices, size), finish: (taken) => taken };
  const places = fromStart(indices, [size]);
  if (mode === "clip") return { places, finish: (taken) => taken };
  const inside = (): Tensor => applyPlain(andP, places.greaterEqual(0), places.less(size));
  return {
    places,
    finish: (taken, mask) =>
      mask(inside()).where(taken, Tensor.literal(fillValue(taken.dtype), taken.dtype)),
  };
};

/**
 * The elements of `x` at `indices` along an axis: (A..., n, C...) and indices (I...) give (A..., I..., C...).
 * An embedding lookup is `take(table, ids, { axis: 0 })`. Negative indices count from the end.
 * Unlike NumPy's and JAX's, the default is "clip" out of range.
 *
 * ```ts doctest
 * import { take, tensor } from "@adjoint/core";
 * const table = tensor([[1, 2], [3, 4], [5, 6]]);
 * await take(table, [2, 0, -1], { axis: 0 }).toArray(); // => [[5, 6], [1, 2], [5, 6]]
 * await take(table, 3).item(); // => 4
 * ```
 */
export const take = (
  x: TensorLike,
  indices: IndexLike,
  { axis, mode = "clip" }: TakeOptions = {},
): Tensor => {
  const operand = axis === undefined ? asTensor(x).flatten() : asTensor(x);
  const place = normalizeAxis("take", axis ?? 0, operand.rank);
  const index = indicesOf("take", indices);
  const { places, finish } = lookup(index, dim(operand.shape, place), mode);
  const rest = operand.shape.flatMap((_, i) => (i === place ? [] : [i]));
  const rows = applyOne(
    gatherP,
    [operand.transpose([place, ...rest]), places.reshape([...places.shape, 1])],
    { batchDims: 0 },
  );
  // (I..., A..., C...) -> (A..., I..., C...)
  const table = places.shape.map((_, i) => i);
  const others = rest.map((_, i) => places.rank + i);
  const taken = rows.transpose([...others.slice(0, place), ...table, ...others.slice(place)]);
  return finish(taken, (inside) =>
    inside.reshape([...inside.shape, ...rest.slice(place).map(() => 1)]),
  );
};

/**
 * For each index, the element at that place of its own line along `axis`: as `numpy.take_along_axis`.
 * The other axes of `x` and `indices` broadcast. Negative indices count from the end.
 *
 * ```ts doctest
 * import { takeAlongAxis, tensor } from "@adjoint/core";
 * await takeAlongAxis(tensor([[1, 2], [3, 4]]), [[1], [0]], 1).toArray(); // => [[2], [3]]
 * ```
 */
export const takeAlongAxis = (
  x: TensorLike,
  indices: IndexLike,
  axis: number = -1,
  { mode = "clip" }: TakeAlongOptions = {},
): Tensor => {
  const operand = asTensor(x);
  const index = indicesOf("takeAlongAxis", indices);
  const place = normalizeAxis("takeAlongAxis", axis, operand.rank);
  if (index.rank !== operand.rank)
    throw new ShapeError({
      operation: "takeAlongAxis",
      rule: "operand and indices must have the same number of axes",
      got: `${formatShape(operand.shape)} and ${formatShape(index.shape)}`,
      fix: "use expandDims, or take",
    });
  const one = (shape: readonly number[]): readonly number[] => shape.toSpliced(place, 1, 1);
  const common = broadcastShapes("takeAlongAxis", one(operand.shape), one(index.shape));
  const size = dim(operand.shape, place);
  const wide = operand.broadcastTo(common.toSpliced(place, 1, size));
  const { places, finish } = lookup(
    index.broadcastTo(common.toSpliced(place, 1, dim(index.shape, place))),
    size,
    mode,
  );
  return finish(gatherAlong(wide, places, place), (inside) => inside);
};
