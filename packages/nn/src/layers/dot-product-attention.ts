import { einsum, iota, softmax, type Tensor } from "@adjoint/core";
import { dropout, type DropoutOptions } from "./dropout.ts";

/** Settings of `dotProductAttention`; dropout acts on the attention weights. */
export type AttentionOptions = DropoutOptions & {
  /** bool (..., T, S): which keys (S) each query (T) sees; all of them when absent. */
  readonly mask?: Tensor;
};

/**
 * Mask under which position t sees positions 0 to t: bool (length, length).
 *
 * ```ts doctest
 * import { causalMask } from "@adjoint/nn";
 * await causalMask(2).toArray(); // => [[true, false], [true, true]]
 * ```
 */
export const causalMask = (length: number): Tensor => {
  const shape = [length, length];
  return iota(shape, 0).greaterEqual(iota(shape, 1));
};

/** Half precision is too coarse for the sums of a softmax. */
const widened = (x: Tensor): Tensor =>
  x.dtype === "float16" || x.dtype === "bfloat16" ? x.cast("float32") : x;

/**
 * softmax(q k^T / sqrt(D)) v for q (..., T, D), k (..., S, D), v (..., S, E): (..., T, E). The softmax is taken in at
 * least float32. A query that sees no key gets zeros. Throws ShapeError when the shapes do not fit.
 * @see https://arxiv.org/abs/1706.03762
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { causalMask, dotProductAttention } from "@adjoint/nn";
 * const x = tensor([[1], [2]]);
 * const y = dotProductAttention(x, x, x, { mask: causalMask(2) });
 * await y.slice([0, 0], [1, 1]).item(); // => 1
 * ```
 */
export const dotProductAttention = (
  q: Tensor,
  k: Tensor,
  v: Tensor,
  { mask, ...dropping }: AttentionOptions = {},
): Tensor => {
  const scaled = q.mul(1 / Math.sqrt(q.shape.at(-1) ?? 1)); // smaller than the scores
  const scores = widened(einsum("...td,...sd->...ts", scaled, k));
  // added instead of selected: the sum has no work to do in reverse mode
  const seen =
    mask === undefined
      ? scores
      : scores.add(mask.where(0, Number.NEGATIVE_INFINITY).cast(scores.dtype));
  const weights = dropout(softmax(seen, -1).cast(v.dtype), dropping);
  return weights.matmul(v);
};
