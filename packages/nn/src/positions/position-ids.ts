import { arange, concatenate, cummax, cumsum, maximum, ones, type Tensor } from "@adjoint/core";

/**
 * Positions of padded sequences: `real` (..., T), bool, counts only real tokens; padding before the first has position 0.
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { positionsOfPadded } from "@adjoint/nn";
 * const real = tensor([false, false, false, true, true, true, true, true]);
 * await positionsOfPadded(real).toArray(); // => [0, 0, 0, 0, 1, 2, 3, 4]
 * ```
 */
export const positionsOfPadded = (real: Tensor): Tensor =>
  maximum(cumsum(real.cast("int32"), -1).sub(1), 0);

/**
 * Positions of packed documents: segment ids (..., T), equal within a document and other than the neighbours', count from
 * 0 in each.
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { positionsOfPacked } from "@adjoint/nn";
 * await positionsOfPacked(tensor([1, 1, 1, 2, 2], { dtype: "int32" })).toArray(); // => [0, 1, 2, 0, 1]
 * ```
 */
export const positionsOfPacked = (segments: Tensor): Tensor => {
  const lead = segments.shape.slice(0, -1);
  const length = segments.shape.at(-1) ?? 0;
  const place = arange(length, { dtype: "int32" }).broadcastTo(segments.shape);
  if (length < 2) return place;
  const none = lead.map(() => 0);
  const changed = segments
    .slice([...none, 1], [...lead, length])
    .notEqual(segments.slice([...none, 0], [...lead, length - 1]));
  const starts = concatenate([ones([...lead, 1], { dtype: "bool" }), changed], -1);
  return place.sub(cummax(starts.where(place, 0), -1));
};
