import { type Tensor, zeros } from "@adjoint/core";
import type { GradientTransformation } from "../gradient-transformation.ts";
import { checkNumber } from "../internal/check.ts";
import { startCount } from "../internal/count.ts";
import { tensorLeaves, withLeaves } from "../internal/map-tensors.ts";
import { moved, scalarDType } from "../internal/scalars.ts";
import { withState } from "../internal/with-state.ts";

/** Settings of `scaleByFactoredRms`. */
export type FactoredOptions = {
  /** Leaves whose second largest axis is at least this long are factored; default 128. */
  readonly minDimToFactor?: number;
  /** The decay of step t (from 1) is 1 - t^-decayRate; default 0.8. */
  readonly decayRate?: number;
  /** Added to the squares; default 1e-30. */
  readonly eps?: number;
};

/** Means of squares of a leaf: of each row and column, or of every element. */
type Squares = { readonly row: Tensor; readonly column: Tensor } | { readonly full: Tensor };

type FactoredState = { readonly count: Tensor; readonly squares: readonly Squares[] };

/** The two longest axes of a shape, the longest first, when both are long enough. */
const longest = (
  shape: readonly number[],
  least: number,
): { readonly first: number; readonly second: number } | undefined => {
  const [first, second] = shape
    .map((size, axis) => ({ size, axis }))
    .sort((a, b) => b.size - a.size || b.axis - a.axis);
  if (first === undefined || second === undefined || second.size < least) return undefined;
  return { first: first.axis, second: second.axis };
};

const start = (p: Tensor, least: number): Squares => {
  const axes = longest(p.shape, least);
  const without = (axis: number): Tensor =>
    zeros(
      p.shape.map((size, i) => (i === axis ? 1 : size)),
      { dtype: p.dtype },
    );
  return axes === undefined
    ? { full: zeros(p.shape, { dtype: p.dtype }) }
    : { row: without(axes.first), column: without(axes.second) };
};

const next = (
  g: Tensor,
  before: Squares,
  decay: Tensor,
  { least, eps }: { readonly least: number; readonly eps: number },
): readonly [Tensor, Squares] => {
  const square = g.mul(g).add(eps);
  const axes = longest(g.shape, least);
  if ("full" in before || axes === undefined) {
    const full = moved("full" in before ? before.full : square, square, decay);
    return [g.mul(full.rsqrt()), { full }];
  }
  const row = moved(before.row, square.mean(axes.first, { keepDims: true }), decay);
  const column = moved(before.column, square.mean(axes.second, { keepDims: true }), decay);
  // row * column / mean(row) has the right margins; rows shrink to one number along the second axis
  const shape = row.div(row.mean(axes.second, { keepDims: true })).rsqrt();
  return [g.mul(shape).mul(column.rsqrt()), { row, column }];
};

/**
 * Divides by the root of a moving mean of the squares that is kept as one number a row and one a column: the memory of
 * an n x m matrix is n + m. Throws ArgumentError for options out of range.
 * @see https://arxiv.org/abs/1804.04235
 */
export const scaleByFactoredRms = ({
  minDimToFactor: least = 128,
  decayRate = 0.8,
  eps = 1e-30,
}: FactoredOptions = {}): GradientTransformation => {
  const name = "scaleByFactoredRms";
  checkNumber(name, "minDimToFactor", least, { min: 1, whole: true });
  checkNumber(name, "decayRate", decayRate, { min: 0 });
  checkNumber(name, "eps", eps, { min: 0 });
  return withState<FactoredState>({
    name,
    keys: ["count", "squares"],
    init: (params) => ({
      count: startCount(),
      squares: tensorLeaves(params).map((p) => start(p, least)),
    }),
    update: (grads, state) => {
      const count = state.count.add(1);
      const decay = count.cast(scalarDType(grads)).pow(-decayRate).neg().add(1);
      const results = tensorLeaves(grads).map((g, i) =>
        next(g, state.squares[i] ?? start(g, least), decay, { least, eps }),
      );
      const updates = withLeaves(
        grads,
        results.map(([update]) => update),
      );
      return [updates, { count, squares: results.map(([, squares]) => squares) }];
    },
  });
};
