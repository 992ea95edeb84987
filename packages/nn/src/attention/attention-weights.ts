import { type AttentionOptions, softmax, swapaxes, type Tensor } from "@adjoint/core";
import { checkTensors } from "../internal/check-tensors.ts";
import { masks, maskTensor } from "./masks.ts";

/** Settings of `attentionWeights`: those of attention without dropout. */
export type AttentionWeightOptions = Omit<AttentionOptions, "dropout" | "key">;

/** Bool that broadcasts to (..., H, T, S), or undefined for all. */
const seenOf = (
  queries: number,
  keys: number,
  { causal = false, window, mask }: AttentionWeightOptions,
): Tensor | undefined => {
  const parts = [
    ...(causal ? [masks.causal] : []),
    ...(window === undefined ? [] : [masks.window(window)]),
  ];
  const own = parts.length === 0 ? undefined : maskTensor(masks.all(...parts), { queries, keys });
  return own === undefined || mask === undefined ? (own ?? mask) : own.mul(mask);
};

/**
 * The weights softmax(scale q k^T) of attention, for looking at: q (..., H, T, D) and k (..., K, S, D) give
 * (..., H, T, S) in at least float32, with the settings of `attention`. Rows sum to 1; those that see no key are 0.
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { attentionWeights } from "@adjoint/nn";
 * const x = tensor([[[1], [2]]]);
 * await attentionWeights(x, x, { causal: true, scale: 0 }).toArray(); // => [[[1, 0], [0.5, 0.5]]]
 * ```
 */
export const attentionWeights = (
  q: Tensor,
  k: Tensor,
  options: AttentionWeightOptions = {},
): Tensor => {
  const { mask } = options;
  checkTensors("attentionWeights", { q, k, ...(mask === undefined ? {} : { mask }) });
  const [heads = 1, queries = 0, size = 1] = q.shape.slice(-3);
  const [kvHeads = 1, keys = 0] = k.shape.slice(-3);
  const { scale = 1 / Math.sqrt(Math.max(1, size)), softcap, bias } = options;
  const wide = q.dtype === "float64" ? q.dtype : "float32";
  // query heads that read one key head lie together: (..., K, H / K, T, D)
  const grouped = q
    .cast(wide)
    .reshape([...q.shape.slice(0, -3), kvHeads, heads / kvHeads, queries, size]);
  const products = grouped.mul(scale).matmul(swapaxes(k.cast(wide).expandDims(-3), -1, -2));
  const scores = products.reshape([...products.shape.slice(0, -4), heads, queries, keys]);
  const capped = softcap === undefined ? scores : scores.div(softcap).tanh().mul(softcap);
  const biased = bias === undefined ? capped : capped.add(bias.cast(wide));
  const seen = seenOf(queries, keys, options);
  return softmax(seen === undefined ? biased : seen.where(biased, -Infinity));
};
