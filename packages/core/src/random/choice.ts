import { ArgumentError, ShapeError } from "../errors.ts";
import { log } from "../ops/exponential.ts";
import { sliceAxis } from "../ops/join.ts";
import { applyOne, isTensor } from "../ops/operand.ts";
import { searchsorted } from "../ops/searchsorted.ts";
import { cumSumP } from "../primitives/cumulative.ts";
import { dim, formatShape, normalizeAxis, sameShape, type Shape, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { topIndices } from "./discrete.ts";
import type { Key } from "./key.ts";
import { gumbel } from "./normal.ts";
import { permutation, takeRows } from "./permutation.ts";
import { randint } from "./randint.ts";
import { uniform } from "./uniform.ts";

/** Settings of `choice`. */
export type ChoiceOptions = {
  /** Shape of the draws, a single one when absent. */
  readonly shape?: Shape;
  /** false to draw each element at most once. */
  readonly replace?: boolean;
  /** Probability of each element, all alike when absent; they need not sum to 1. */
  readonly p?: Tensor;
  /** Axis to draw slices of, 0 when absent. */
  readonly axis?: number;
};

const weighted = (of: Key, p: Tensor, shape: Shape, replace: boolean): Tensor => {
  if (!replace)
    return topIndices(
      "choice",
      gumbel(of, p.shape, { dtype: p.dtype }).add(log(p)),
      sizeOf(shape),
    ).reshape(shape);
  const edges = applyOne(cumSumP, [p], { axis: 0, reverse: false });
  const total = sliceAxis(edges, 0, p.size - 1, p.size).reshape([]);
  return searchsorted(edges, total.mul(uniform(of, shape, { dtype: p.dtype }).neg().add(1)));
};

const checkChoice = (n: number, { shape = [], replace = true, p }: ChoiceOptions): void => {
  if (p !== undefined && !sameShape(p.shape, [n]))
    throw new ShapeError({
      operation: "choice",
      rule: "needs one probability per element",
      got: `${formatShape(p.shape)} for ${n}`,
    });
  const draws = sizeOf(shape);
  if (draws > 0 && (n === 0 || (!replace && draws > n)))
    throw new ArgumentError({
      operation: "choice",
      rule: "there must be enough to draw from",
      got: `${draws} draws from ${n}`,
      fix: "draw fewer, or with replacement",
    });
};

/**
 * Draws from `0 … n - 1`, or slices of a tensor along an axis, equal to `jax.random.choice`; the shape of the draws takes
 * the place of the axis.
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { choice, key } from "@adjoint/core/random";
 * choice(key(0), tensor([[1, 2], [3, 4], [5, 6]]), { shape: [4] }).shape; // => [4, 2]
 * await choice(key(0), 3, { p: tensor([0, 0, 1]) }).item(); // => 2
 * ```
 */
export const choice = (of: Key, from: number | Tensor, options: ChoiceOptions = {}): Tensor => {
  const { shape = [], replace = true, p } = options;
  const axis = isTensor(from) ? normalizeAxis("choice", options.axis ?? 0, from.rank) : 0;
  const n = isTensor(from) ? dim(from.shape, axis) : from;
  checkChoice(n, options);
  if (p === undefined && !replace) {
    const draws = sizeOf(shape);
    const drawn = sliceAxis(permutation(of, from, { axis }), axis, 0, draws);
    return drawn.reshape(drawn.shape.toSpliced(axis, 1, ...shape));
  }
  const indices = p === undefined ? randint(of, shape, 0, n) : weighted(of, p, shape, replace);
  return isTensor(from) ? takeRows(from, indices, axis) : indices;
};
