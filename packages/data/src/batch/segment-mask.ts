import { ArgumentError, iota, logicalAnd, type Tensor } from "@adjoint/core";

/** Segments and their shape (B, T), as in a `PackedBatch`. */
export type Segments = {
  readonly shape: readonly [number, number];
  readonly segments: Int32Array;
};

/**
 * The mask of packed rows: who sees whom, for segments int32 (B, T): bool (B, 1, T, T), true where query t sees key s,
 * which it does when both are of the same document and s is not after t. Padding (segment 0) sees nothing and is seen
 * by nothing. The axis of 1 is that of heads.
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { segmentMask } from "@adjoint/data";
 * const mask = segmentMask(tensor([[1, 1, 2]], { dtype: "int32" }));
 * await mask.squeeze([0, 1]).toArray(); // => [[true, false, false], [true, true, false], [false, false, true]]
 * ```
 */
export const segmentMask = (segments: Tensor): Tensor => {
  const [, T] = segments.shape;
  if (segments.rank !== 2 || T === undefined)
    throw new ArgumentError({
      operation: "segmentMask",
      rule: "segments must be (B, T)",
      got: `rank ${segments.rank}`,
    });
  const [queries, keys] = [segments.expandDims(-1), segments.expandDims(1)];
  const causal = iota([T, T], 0).greaterEqual(iota([T, T], 1));
  const same = logicalAnd(queries.equal(keys), queries.notEqual(0));
  return logicalAnd(same, causal).expandDims(1);
};

/**
 * The same mask without tensors: bytes (B, T, T), 1 where query t sees key s.
 *
 * ```ts doctest
 * import { denseSegmentMask } from "@adjoint/data";
 * const mask = denseSegmentMask({ shape: [1, 2], segments: Int32Array.of(1, 2) });
 * [...mask]; // => [1, 0, 0, 1]
 * ```
 */
export const denseSegmentMask = ({ shape: [B, T], segments }: Segments): Uint8Array => {
  const mask = new Uint8Array(B * T * T);
  for (let row = 0; row < B * T; row++) {
    const own = segments[row];
    const first = row - (row % T);
    for (let key = first; key <= row; key++)
      if (own !== 0 && segments[key] === own) mask[row * T + (key - first)] = 1;
  }
  return mask;
};

/**
 * Where each document begins in the flattened (B * T) tokens, and the end, as kernels for sequences of different
 * lengths want it (`cu_seqlens` of FlashAttention): each run of padding counts as a document of its own.
 *
 * ```ts doctest
 * import { cumulativeLengths } from "@adjoint/data";
 * const starts = cumulativeLengths({ shape: [2, 3], segments: Int32Array.of(1, 1, 2, 1, 0, 0) });
 * [...starts]; // => [0, 2, 3, 4, 6]
 * ```
 */
export const cumulativeLengths = ({ shape: [B, T], segments }: Segments): Int32Array => {
  const starts: number[] = [];
  for (let i = 0; i < B * T; i++)
    if (i % T === 0 || segments[i] !== segments[i - 1]) starts.push(i);
  starts.push(B * T);
  return Int32Array.from(starts);
};
