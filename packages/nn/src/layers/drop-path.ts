import { ShapeError, type Tensor } from "@adjoint/core";
import { bernoulli, type Key } from "@adjoint/core/random";
import { checkRate } from "../internal/check.ts";

/** Settings of `dropPath`. */
export type DropPathOptions = {
  /** Probability that an example's path is dropped; default 0. */
  readonly dropPath?: number;
  /** Decides what is dropped. Without it nothing is. */
  readonly key?: Key | undefined;
};

/**
 * Stochastic depth: sets whole examples of x (N, ...) to 0 with probability `dropPath` and divides the others by what is
 * kept, so that a residual block is left out for them. Throws ArgumentError for a rate outside [0, 1), ShapeError for a
 * scalar.
 * @see https://arxiv.org/abs/1603.09382
 *
 * ```ts doctest
 * import { ones } from "@adjoint/core";
 * import { key } from "@adjoint/core/random";
 * import { dropPath } from "@adjoint/nn";
 * const y = dropPath(ones([100, 3]), { dropPath: 0.5, key: key(0) });
 * const rows = await y.sum(1).data();
 * [...new Set(rows)].sort(); // => [0, 6]
 * ```
 */
export const dropPath = (x: Tensor, { dropPath: rate = 0, key }: DropPathOptions): Tensor => {
  const keep = 1 - checkRate("dropPath", "dropPath", rate);
  if (keep === 1 || key === undefined) return x;
  const [examples, ...rest] = x.shape;
  if (examples === undefined)
    throw new ShapeError({ operation: "dropPath", rule: "takes x (N, ...)", got: "a scalar" });
  const kept = bernoulli(key, [examples, ...rest.map(() => 1)], { p: keep });
  return kept.where(x.mul(1 / keep), 0);
};
