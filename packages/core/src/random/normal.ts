import type { DType } from "../dtype.ts";
import { clip, maximum } from "../ops/arithmetic.ts";
import { erf, erfInv, log } from "../ops/exponential.ts";
import { asTensor } from "../ops/operand.ts";
import { broadcastShapes, type Shape } from "../shape.ts";
import type { Tensor, TensorLike } from "../tensor.ts";
import type { Key } from "./key.ts";
import { type FloatOptions, floatDType, uniform } from "./uniform.ts";

/** Half the distance from 1 to the next larger number. */
const halfUlp = (dtype: DType): number => {
  if (dtype === "float64") return 2 ** -53;
  return dtype === "float16" ? 2 ** -11 : dtype === "bfloat16" ? 2 ** -8 : 2 ** -24;
};

const smallestNormal = (dtype: DType): number =>
  dtype === "float64" ? 2 ** -1022 : dtype === "float16" ? 2 ** -14 : 2 ** -126;

const smallest = (dtype: DType): number => {
  if (dtype === "float64") return 2 ** -1074;
  return dtype === "float16" ? 2 ** -24 : dtype === "bfloat16" ? 2 ** -133 : 2 ** -149;
};

/**
 * Standard normal numbers: `sqrt(2) * erfInv(u)` with `u` uniform over (-1, 1), as `jax.random.normal`.
 *
 * ```ts doctest
 * import { key, normal } from "@adjoint/core/random";
 * const x = normal(key(0), [4000]);
 * Math.abs(Number(await x.mean().item())) < 0.1; // => true
 * ```
 */
export const normal = (
  of: Key,
  shape: Shape = [],
  { dtype = "float32" }: FloatOptions = {},
): Tensor => {
  const edge = 1 - halfUlp(floatDType("normal", dtype));
  return erfInv(uniform(of, shape, { minval: -edge, maxval: 1, dtype })).mul(Math.SQRT2);
};

/** Settings of `truncatedNormal`. */
export type TruncatedNormalOptions = FloatOptions & {
  /** Lower bound, -2 when absent; broadcasts to the shape. */
  readonly lower?: TensorLike;
  /** Upper bound, 2 when absent; broadcasts to the shape. */
  readonly upper?: TensorLike;
};

/** Distance to the neighbouring number: a little more than half an ulp, which rounding completes to a whole one. */
const nudge = (x: Tensor): Tensor => {
  const step = maximum(x.abs().mul(halfUlp(x.dtype) * 1.001), smallest(x.dtype));
  return x.abs().equal(Infinity).where(0, step);
};

/**
 * Standard normal numbers conditioned on being strictly between two bounds, as `jax.random.truncated_normal`.
 * The shape is that of the bounds when it is undefined.
 *
 * ```ts doctest
 * import { key, truncatedNormal } from "@adjoint/core/random";
 * const x = truncatedNormal(key(0), [1000], { lower: 0, upper: 1 });
 * [await x.min().greater(0).item(), await x.max().less(1).item()]; // => [true, true]
 * ```
 */
export const truncatedNormal = (
  of: Key,
  shape?: Shape,
  options: TruncatedNormalOptions = {},
): Tensor => {
  const dtype = floatDType("truncatedNormal", options.dtype ?? "float32");
  const [lower, upper] = [
    asTensor(options.lower ?? -2, dtype),
    asTensor(options.upper ?? 2, dtype),
  ];
  const to = shape ?? broadcastShapes("truncatedNormal", lower.shape, upper.shape);
  const [minval, maxval] = [erf(lower.div(Math.SQRT2)), erf(upper.div(Math.SQRT2))];
  const x = erfInv(uniform(of, to, { minval, maxval, dtype })).mul(Math.SQRT2);
  return clip(x, lower.add(nudge(lower)), upper.sub(nudge(upper)));
};

/**
 * Standard Gumbel numbers, `-log(-log(u))`, as `jax.random.gumbel` in its default mode: added to logits, their
 * argmax is a sample (Gumbel, 1954).
 */
export const gumbel = (
  of: Key,
  shape: Shape = [],
  { dtype = "float32" }: FloatOptions = {},
): Tensor => {
  const minval = smallestNormal(floatDType("gumbel", dtype));
  return log(log(uniform(of, shape, { minval, maxval: 1, dtype })).neg()).neg();
};
