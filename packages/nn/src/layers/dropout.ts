import type { Tensor } from "@adjoint/core";
import { bernoulli, type Key } from "@adjoint/core/random";
import { checkRate } from "../internal/check.ts";

/** Settings of layers that can drop elements while training. */
export type DropoutOptions = {
  /** Probability that an element is dropped; default 0. */
  readonly dropout?: number;
  /** Decides what is dropped. Without it nothing is: evaluation is training without a key. */
  readonly key?: Key | undefined;
};

/**
 * Sets each element to 0 with probability `dropout` and scales the others by 1 / (1 - dropout); `x` itself when the
 * rate is 0 or no key is given. Throws ArgumentError for a rate outside [0, 1).
 * @see https://jmlr.org/papers/v15/srivastava14a.html
 *
 * ```ts doctest
 * import { ones } from "@adjoint/core";
 * import { key } from "@adjoint/core/random";
 * import { dropout } from "@adjoint/nn";
 * const x = ones([1000]);
 * dropout(x, { dropout: 0.5 }) === x; // => true
 * const y = dropout(x, { dropout: 0.5, key: key(0) });
 * await y.max().item(); // => 2
 * Math.abs(Number(await y.mean().item()) - 1) < 0.1; // => true
 * ```
 */
export const dropout = (x: Tensor, { dropout: rate = 0, key }: DropoutOptions): Tensor => {
  const keep = 1 - checkRate("dropout", "dropout", rate);
  if (keep === 1 || key === undefined) return x;
  return bernoulli(key, x.shape, { p: keep }).where(x.mul(1 / keep), 0);
};
