import { maximum, ShapeError, swapaxes, type Tensor } from "@adjoint/core";
import { checkNumber } from "../internal/check.ts";
import { normAlong, wide } from "../internal/rms.ts";

/** Coefficients a, b, c of a step X <- a X + b (X X') X + c (X X')^2 X. */
export type Quintic = readonly [a: number, b: number, c: number];

/** Settings of `newtonSchulz`. */
export type NewtonSchulzOptions = {
  /** Steps; default 5. */
  readonly steps?: number;
  /**
   * Coefficients of all steps, or a list with those of each. Default (3.4445, -4.775, 2.0315), which lift small singular
   * values fast and leave them in 0.68 to 1.14, not at 1; (2, -1.5, 0.5) converge to 1, slowly.
   */
  readonly coefficients?: Quintic | readonly Quintic[];
  /** Least norm that the matrix is divided by; default 1e-7. */
  readonly eps?: number;
};

const isList = (c: Quintic | readonly Quintic[]): c is readonly Quintic[] =>
  Array.isArray(c[0]) || c.length === 0;

const quintics = (steps: number, c: Quintic | readonly Quintic[]): readonly Quintic[] =>
  isList(c) ? c.slice(0, steps) : Array.from({ length: steps }, () => c);

/** One step; the Gram matrix is taken of the shorter side, so nothing is transposed. */
const step = (x: Tensor, [a, b, c]: Quintic): Tensor => {
  const turned = swapaxes(x, -1, -2);
  const isTall = (x.shape.at(-2) ?? 0) > (x.shape.at(-1) ?? 0);
  const gram = isTall ? turned.matmul(x) : x.matmul(turned);
  const poly = gram.mul(b).add(gram.matmul(gram).mul(c));
  return x.mul(a).add(isTall ? x.matmul(poly) : poly.matmul(x));
};

/**
 * A matrix with (nearly) the singular vectors of `x` and all singular values near 1, by matrix products alone, in float32
 * at least. Leading axes are stacks of matrices: (..., m, n) -> (..., m, n). Throws ShapeError for a rank below 2,
 * ArgumentError for settings out of range.
 * @see https://kellerjordan.github.io/posts/muon/
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { newtonSchulz } from "@adjoint/optim";
 * const x = tensor([[30, 0], [0, -4]]);
 * await newtonSchulz(x, { steps: 20, coefficients: [2, -1.5, 0.5] }).toArray(); // => [[1.000, 0], [0, -1.000]]
 * ```
 */
export const newtonSchulz = (
  x: Tensor,
  { steps = 5, coefficients = [3.4445, -4.775, 2.0315], eps = 1e-7 }: NewtonSchulzOptions = {},
): Tensor => {
  checkNumber("newtonSchulz", "steps", steps, { min: 1, below: 100, whole: true });
  checkNumber("newtonSchulz", "eps", eps, { min: 0 });
  if (x.rank < 2)
    throw new ShapeError({
      operation: "newtonSchulz",
      rule: "takes matrices or stacks of them",
      got: `shape [${x.shape.join()}]`,
      fix: "give other parameters another optimizer with partition",
    });
  const unit = wide(x).div(maximum(normAlong(x, [-2, -1]), eps));
  return quintics(steps, coefficients).reduce(step, unit).cast(x.dtype);
};
