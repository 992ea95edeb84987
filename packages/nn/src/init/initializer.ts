import { ones, type Shape, type Tensor, zeros } from "@adjoint/core";
import { type Key, normal, truncatedNormal, uniform } from "@adjoint/core/random";

/** Makes a weight of a shape from a key. Fan-in is the size of all axes but the last, fan-out that of the last. */
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

/** Zeros whatever the key. */
export const zerosInit: Initializer = (_key, shape) => zeros(shape);

/** Ones whatever the key. */
export const onesInit: Initializer = (_key, shape) => ones(shape);

const fanOut = (shape: Shape): number => shape.at(-1) ?? 1;
const fanIn = (shape: Shape): number => shape.slice(0, -1).reduce((n, d) => n * d, 1);

/** Standard deviation of a normal distribution cut at -2 and 2. */
const truncatedStddev = 0.879_625_661_034_239_8;

const varianceScaled =
  (gain: number): Initializer =>
  (key, shape) =>
    truncatedNormal(key, shape).mul(Math.sqrt(gain / Math.max(1, fanIn(shape))) / truncatedStddev);

/** Truncated normal numbers of variance 1 / fan-in, as `jax.nn.initializers.lecun_normal` (LeCun et al., 1998). */
export const lecunNormal: Initializer = (key, shape) => varianceScaled(1)(key, shape);

/**
 * Truncated normal numbers of variance 2 / fan-in, as `jax.nn.initializers.he_normal`, meant for relu.
 * @see https://arxiv.org/abs/1502.01852
 */
export const heNormal: Initializer = (key, shape) => varianceScaled(2)(key, shape);

/**
 * Uniform numbers of variance 2 / (fan-in + fan-out), as `jax.nn.initializers.glorot_uniform`, meant for tanh
 * (Glorot and Bengio, 2010).
 */
export const glorotUniform: Initializer = (key, shape) => {
  const limit = Math.sqrt(6 / Math.max(1, fanIn(shape) + fanOut(shape)));
  return uniform(key, shape, { minval: -1, maxval: 1 }).mul(limit);
};
