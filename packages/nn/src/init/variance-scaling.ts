import { ArgumentError, type Shape } from "@adjoint/core";
import { normal, truncatedNormal, uniform } from "@adjoint/core/random";
import type { Initializer } from "./initializer.ts";

/** Settings of `varianceScaling`. */
export type VarianceScalingOptions = {
  /** The variance is scale / n; default 1. */
  readonly scale?: number;
  /** What n is: the inputs of an output (default), the outputs of an input, or their mean. */
  readonly mode?: "fanIn" | "fanOut" | "fanAvg";
  /** Default "truncatedNormal", cut at two standard deviations of the normal distribution before the cut. */
  readonly distribution?: "truncatedNormal" | "normal" | "uniform";
};

/** Standard deviation of a normal distribution cut at -2 and 2. */
const truncatedStddev = 0.879_625_661_034_239_8;

/** Inputs and outputs of a kernel (...window, in, out): the window multiplies both, as in JAX. */
const fansOf = (shape: Shape) => {
  const window = shape.slice(0, -2).reduce((n, d) => n * d, 1);
  const fanIn = window * (shape.length > 1 ? (shape.at(-2) ?? 1) : 1);
  const fanOut = window * (shape.at(-1) ?? 1);
  return { fanIn, fanOut, fanAvg: (fanIn + fanOut) / 2 };
};

/** Throws for words that a program without types may give. */
const checkWord = (name: string, value: string, allowed: readonly string[]): void => {
  if (allowed.includes(value)) return;
  throw new ArgumentError({
    operation: "varianceScaling",
    rule: `${name} must be one of ${allowed.join(", ")}`,
    got: JSON.stringify(value),
  });
};

/**
 * Numbers whose variance is `scale` / fan, as `jax.nn.initializers.variance_scaling`. For a kernel (...window, in, out)
 * fan-in is in times the window, fan-out is out times the window. PyTorch's own start of linear layers and convolutions,
 * kaiming_uniform(a = sqrt 5), is `{ scale: 1 / 3, distribution: "uniform" }`. Throws ArgumentError for a bad setting.
 *
 * ```ts doctest
 * import { key } from "@adjoint/core/random";
 * import { varianceScaling } from "@adjoint/nn";
 * const init = varianceScaling({ scale: 2, mode: "fanOut", distribution: "normal" });
 * init(key(0), [3, 3, 16, 32]).shape; // => [3, 3, 16, 32]
 * ```
 */
export const varianceScaling = ({
  scale = 1,
  mode = "fanIn",
  distribution = "truncatedNormal",
}: VarianceScalingOptions = {}): Initializer => {
  checkWord("mode", mode, ["fanIn", "fanOut", "fanAvg"]);
  checkWord("distribution", distribution, ["truncatedNormal", "normal", "uniform"]);
  if (!(scale > 0 && Number.isFinite(scale)))
    throw new ArgumentError({
      operation: "varianceScaling",
      rule: "scale must be above 0",
      got: `${scale}`,
    });
  return (key, shape) => {
    const variance = scale / Math.max(1, fansOf(shape)[mode]);
    if (distribution === "normal") return normal(key, shape).mul(Math.sqrt(variance));
    if (distribution === "uniform")
      return uniform(key, shape, { minval: -1, maxval: 1 }).mul(Math.sqrt(3 * variance));
    return truncatedNormal(key, shape).mul(Math.sqrt(variance) / truncatedStddev);
  };
};

/** Truncated normal numbers of variance 1 / fan-in, as `jax.nn.initializers.lecun_normal` (LeCun et al., 1998). */
export const lecunNormal: Initializer = (key, shape) => varianceScaling()(key, shape);

/** Uniform numbers of variance 1 / fan-in, as `jax.nn.initializers.lecun_uniform`. */
export const lecunUniform: Initializer = (key, shape) =>
  varianceScaling({ distribution: "uniform" })(key, shape);

/**
 * Truncated normal numbers of variance 2 / fan-in, as `jax.nn.initializers.he_normal`, meant for relu.
 * @see https://arxiv.org/abs/1502.01852
 */
export const heNormal: Initializer = (key, shape) => varianceScaling({ scale: 2 })(key, shape);

/** Uniform numbers of variance 2 / fan-in, as `jax.nn.initializers.he_uniform`. */
export const heUniform: Initializer = (key, shape) =>
  varianceScaling({ scale: 2, distribution: "uniform" })(key, shape);

/** Truncated normal numbers of variance 2 / (fan-in + fan-out), as `jax.nn.initializers.glorot_normal`: Xavier's start. */
export const glorotNormal: Initializer = (key, shape) =>
  varianceScaling({ mode: "fanAvg" })(key, shape);

/**
 * Uniform numbers of variance 2 / (fan-in + fan-out), as `jax.nn.initializers.glorot_uniform`: Xavier's start, meant for
 * tanh (Glorot and Bengio, 2010).
 */
export const glorotUniform: Initializer = (key, shape) =>
  varianceScaling({ mode: "fanAvg", distribution: "uniform" })(key, shape);
