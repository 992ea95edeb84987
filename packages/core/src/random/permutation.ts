import { ArgumentError } from "../errors.ts";
import { moveaxis } from "../ops/axes.ts";
import { arange } from "../ops/ranges.ts";
import { applyOne, isTensor } from "../ops/operand.ts";
import { gatherP } from "../primitives/gather-scatter.ts";
import { bind } from "../primitives/primitive.ts";
import { sortP } from "../primitives/sort.ts";
import { dim, normalizeAxis } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { bits, type Key, splitTuple } from "./key.ts";

/** Settings of `permutation`. */
export type PermutationOptions = {
  /** Axis to shuffle, 0 when absent. */
  readonly axis?: number;
  /** true to shuffle each vector along the axis on its own. */
  readonly independent?: boolean;
};

/** Sorting by 32 random bits often enough makes ties of the whole order unlikely. */
const roundsFor = (size: number): number =>
  Math.ceil((3 * Math.log(Math.max(1, size))) / Math.log(2 ** 32 - 1));

const shuffle = (of: Key, x: Tensor, axis: number): Tensor => {
  let [next, result] = [of, x];
  for (let round = 0; round < roundsFor(x.size); round++) {
    const [rest, own] = splitTuple(next, 2);
    const [, sorted] = bind(sortP, [bits(own, x.shape), result], { axis, numKeys: 1 });
    [next, result] = [rest, sorted ?? result];
  }
  return result;
};

/** Rows of `x` along `axis` at `indices` (any shape), whose axes take the place of `axis`. */
export const takeRows = (x: Tensor, indices: Tensor, axis: number): Tensor => {
  const rows = applyOne(gatherP, [moveaxis(x, axis, 0), indices.expandDims(-1)], { batchDims: 0 });
  const places = indices.shape.map((_, i) => i);
  return moveaxis(
    rows,
    places,
    places.map((i) => i + axis),
  );
};

/**
 * `0 … n - 1`, or the slices of a tensor along an axis, in random order, equal to `jax.random.permutation`.
 *
 * ```ts doctest
 * import { key, permutation } from "@adjoint/core/random";
 * const order = permutation(key(0), 5);
 * await order.sum().item(); // => 10
 * ```
 */
export const permutation = (
  of: Key,
  x: number | Tensor,
  options: PermutationOptions = {},
): Tensor => {
  if (!isTensor(x)) return shuffle(of, arange(checkCount(x)), 0);
  const axis = normalizeAxis("permutation", options.axis ?? 0, x.rank);
  if (x.rank === 1 || options.independent === true) return shuffle(of, x, axis);
  return takeRows(x, shuffle(of, arange(dim(x.shape, axis)), 0), axis);
};

const checkCount = (n: number): number => {
  if (Number.isInteger(n) && n >= 0) return n;
  throw new ArgumentError({
    operation: "permutation",
    rule: "needs a whole number of 0 or more, or a tensor",
    got: `${n}`,
  });
};
