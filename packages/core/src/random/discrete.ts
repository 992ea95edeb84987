import { ArgumentError, DTypeError, ShapeError } from "../errors.ts";
import { moveaxis } from "../ops/axes.ts";
import { isFloat } from "../dtype.ts";
import { applyOne, asTensor } from "../ops/operand.ts";
import { argMaxP } from "../primitives/arg-reduce.ts";
import { bind } from "../primitives/primitive.ts";
import { topKP } from "../primitives/top-k.ts";
import {
  dim,
  formatShape,
  normalizeAxis,
  sameShape,
  broadcastShapes,
  type Shape,
  sizeOf,
} from "../shape.ts";
import type { Tensor, TensorLike } from "../tensor.ts";
import type { Key } from "./key.ts";
import { gumbel } from "./normal.ts";
import { uniform } from "./uniform.ts";

/** Settings of `bernoulli`. */
export type BernoulliOptions = {
  /** Probability of true, 0.5 when absent; broadcasts to the shape. */
  readonly p?: TensorLike;
};

/**
 * Bools that are true with probability `p`, bit-equal to `jax.random.bernoulli`; the shape of `p` when it is undefined.
 *
 * ```ts doctest
 * import { bernoulli, key } from "@adjoint/core/random";
 * await bernoulli(key(0), [3], { p: 1 }).toArray(); // => [true, true, true]
 * ```
 */
export const bernoulli = (of: Key, shape?: Shape, { p = 0.5 }: BernoulliOptions = {}): Tensor => {
  const probability = asTensor(p);
  const { dtype } = probability;
  if (!isFloat(dtype))
    throw new DTypeError({ operation: "bernoulli", rule: "p must be floating-point", got: dtype });
  return uniform(of, shape ?? probability.shape, { dtype }).less(probability);
};

/** Settings of `categorical`. */
export type CategoricalOptions = {
  /** Axis of the logits that the categories lie along, the last one when absent. */
  readonly axis?: number;
  /** Shape of the result: it must end with the shape of the logits without `axis`, which is also the default. */
  readonly shape?: Shape;
  /** false to draw, for each batch element, different categories along the leading axes of `shape`. */
  readonly replace?: boolean;
};

const without = (shape: Shape, axis: number): Shape => shape.filter((_, i) => i !== axis);

const checkEnding = (shape: Shape, batch: Shape): number => {
  const lead = shape.length - batch.length;
  if (
    lead >= 0 &&
    sameShape(broadcastShapes("categorical", shape.slice(lead), batch), shape.slice(lead))
  )
    return lead;
  throw new ShapeError({
    operation: "categorical",
    rule: "shape must end with the batch shape of the logits",
    got: `${formatShape(shape)} for a batch of ${formatShape(batch)}`,
  });
};

/**
 * Indices drawn with probabilities `softmax(logits)`, as int32, equal to `jax.random.categorical`.
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { categorical, key } from "@adjoint/core/random";
 * await categorical(key(0), tensor([-Infinity, 0, -Infinity])).item(); // => 1
 * ```
 */
export const categorical = (of: Key, logits: Tensor, options: CategoricalOptions = {}): Tensor => {
  const axis = normalizeAxis("categorical", options.axis ?? -1, logits.rank);
  const batch = without(logits.shape, axis);
  const shape = options.shape ?? batch;
  const lead = checkEnding(shape, batch);
  if (options.replace === false) return withoutReplacement(of, logits, axis, shape, lead);
  const drawn = shape.toSpliced(lead + axis, 0, dim(logits.shape, axis));
  return applyOne(argMaxP, [gumbel(of, drawn, { dtype: logits.dtype }).add(logits)], {
    axis: lead + axis,
  });
};

const withoutReplacement = (
  of: Key,
  logits: Tensor,
  axis: number,
  shape: Shape,
  lead: number,
): Tensor => {
  const noisy = logits.add(gumbel(of, logits.shape, { dtype: logits.dtype }));
  const best = topIndices("categorical", moveaxis(noisy, axis, -1), sizeOf(shape.slice(0, lead)));
  return moveaxis(best, -1, 0).reshape(shape);
};

/** Indices of the `count` largest along the last axis. */
export const topIndices = (operation: string, x: Tensor, count: number): Tensor => {
  const available = x.shape.at(-1) ?? 0;
  const [, indices] = count <= available ? bind(topKP, [x], { k: count }) : [];
  if (indices !== undefined) return indices;
  throw new ArgumentError({
    operation,
    rule: "without replacement there must be enough to draw from",
    got: `${count} draws from ${available}`,
    fix: "draw fewer, or with replacement",
  });
};
