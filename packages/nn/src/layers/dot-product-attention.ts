import { attention, type AttentionOptions, iota, type Tensor } from "@adjoint/core";
import { checkTensors } from "../internal/check-tensors.ts";

export type { AttentionOptions } from "@adjoint/core";

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

/**
 * softmax(q k^T / sqrt(D)) v for q (..., T, D), k (..., S, D), v (..., S, E): (..., T, E), as `attention` of core, for
 * operands with or without an axis of heads. The softmax is taken in at least float32. A query that sees no key gets
 * zeros. Throws ShapeError when the shapes do not fit.
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
  options: AttentionOptions = {},
): Tensor => {
  const { mask, bias } = options;
  const extras = {
    ...(mask === undefined ? {} : { mask }),
    ...(bias === undefined ? {} : { bias }),
  };
  checkTensors("dotProductAttention", { q, k, v, ...extras });
  const withHead = (x: Tensor): Tensor => (x.rank === 2 ? x.expandDims(0) : x);
  const y = attention(withHead(q), withHead(k), withHead(v), options);
  const isOne = [q, k, v, mask, bias].every((x) => x === undefined || x.rank <= 2);
  return isOne ? y.squeeze(0) : y;
};
