import { full, ones, type Shape, type Tensor, zeros } from "@adjoint/core";
import { type Key, normal, truncatedNormal, uniform } from "@adjoint/core/random";

/** Makes a weight of a shape from a key. Kernels end in (in, out); axes before them are a window. */
export type Initializer = (key: Key, shape: Shape) => Tensor;

/**
 * Normal numbers with mean 0 and standard deviation `stddev`.
 *
 * ```ts doctest
 * import { key } from "@adjoint/core/random";
 * import { normalInit } from "@adjoint/nn";
 * normalInit(0.02)(key(0), [2, 3]).shape; // => [2, 3]
 * ```
 */
export const normalInit =
  (stddev: number): Initializer =>
  (key, shape) =>
    normal(key, shape).mul(stddev);

/** Settings of `truncatedNormalInit`. */
export type TruncatedNormalInitOptions = {
  /** Lower cut in units of `stddev`; default -2. */
  readonly lower?: number;
  /** Upper cut in units of `stddev`; default 2. */
  readonly upper?: number;
};

/**
 * Normal numbers cut at `lower` and `upper` and then multiplied by `stddev`, as `jax.nn.initializers.truncated_normal`.
 * The cut makes their own standard deviation smaller: 0.8796 `stddev` for cuts at -2 and 2.
 */
export const truncatedNormalInit =
  (stddev: number, { lower = -2, upper = 2 }: TruncatedNormalInitOptions = {}): Initializer =>
  (key, shape) =>
    truncatedNormal(key, shape, { lower, upper }).mul(stddev);

/** Uniform numbers between `minval` and `maxval`. */
export const uniformInit =
  (minval: number, maxval: number): Initializer =>
  (key, shape) =>
    uniform(key, shape, { minval, maxval });

/** One value everywhere. */
export const constantInit =
  (value: number): Initializer =>
  (_key, shape) =>
    full(shape, value);

/** Zeros whatever the key: biases, and projections back into the sequence that should start as nothing. */
export const zerosInit: Initializer = (_key, shape) => zeros(shape);

/** Ones whatever the key. */
export const onesInit: Initializer = (_key, shape) => ones(shape);
