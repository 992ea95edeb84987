import { ArgumentError, searchsorted, take, type Tensor, tensor } from "@adjoint/core";
import type { Key } from "@adjoint/core/random";
import { type Initializer, normalInit } from "../init/initializer.ts";
import { checkSize } from "../internal/check.ts";

/** Settings of `relativeBias.init`. */
export type RelativeBiasConfig = {
  readonly nHead: number;
  /** Number of buckets of distances; default 32. */
  readonly buckets?: number;
  /** Default `normalInit(0.02)`. */
  readonly tableInit?: Initializer;
};

/** Settings of `relativeBias.apply`. */
export type RelativeBiasOptions = {
  /** Whether keys before and after have buckets of their own (encoders, default), or all after share the nearest one. */
  readonly bidirectional?: boolean;
  /** Distance from which on all share the last bucket; default 128. */
  readonly maxDistance?: number;
};

/** Parameters of `relativeBias`: table (buckets, H). */
export type RelativeBiasParams = { readonly table: Tensor };

/** The type of `relativeBias`. */
export type RelativeBiasLayer = {
  readonly init: (key: Key, config: RelativeBiasConfig) => RelativeBiasParams;
  /** Places of queries (T) and keys (S) give (H, T, S), to be added to the scores. */
  readonly apply: (
    params: RelativeBiasParams,
    queryPlaces: Tensor,
    keyPlaces: Tensor,
    options?: RelativeBiasOptions,
  ) => Tensor;
};

/** Bucket of a distance of 0 or more, rounded in float32 as the original does. */
const bucketOf = (distance: number, buckets: number, maxDistance: number): number => {
  const exact = Math.floor(buckets / 2);
  if (distance < exact) return distance;
  const f = Math.fround;
  const ratio = f(f(Math.log(f(distance / exact))) / Math.log(maxDistance / exact));
  return Math.min(buckets - 1, exact + Math.trunc(f(ratio * (buckets - exact))));
};

/** Smallest distance of each bucket but the first: they are found once, so that every backend agrees at the edges. */
const bucketStarts = (buckets: number, maxDistance: number): readonly number[] => {
  const of = (distance: number): number => bucketOf(distance, buckets, maxDistance);
  const starts: number[] = [];
  for (let distance = 1; distance <= maxDistance; distance++)
    while (starts.length < of(distance)) starts.push(distance);
  return starts;
};

/**
 * The bucket of each pair of places: half of the buckets hold one distance each, the others grow up to `maxDistance`, as
 * in T5. Queries (T) and keys (S) give int32 (T, S). Throws ArgumentError for fewer than 4 buckets, or an odd number of
 * them in both directions.
 * @see https://arxiv.org/abs/1910.10683
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { relativeBuckets } from "@adjoint/nn";
 * const keys = tensor([-200, -20, -3, 0, 3, 20], { dtype: "int32" });
 * const places = tensor([0], { dtype: "int32" });
 * await relativeBuckets(places, keys, 32).toArray(); // => [[15, 10, 3, 0, 19, 26]]
 * ```
 */
export const relativeBuckets = (
  queryPlaces: Tensor,
  keyPlaces: Tensor,
  buckets: number,
  { bidirectional = true, maxDistance = 128 }: RelativeBiasOptions = {},
): Tensor => {
  const own = bidirectional ? buckets / 2 : buckets;
  if (
    !Number.isInteger(own) ||
    own < 2 ||
    checkSize("relativeBias", "maxDistance", maxDistance) <= own / 2
  )
    throw new ArgumentError({
      operation: "relativeBias",
      rule: "needs an even number of at least 4 buckets, and a maxDistance beyond the exact ones",
      got: `${buckets} buckets, maxDistance ${maxDistance}`,
    });
  const ahead = keyPlaces.expandDims(-2).sub(queryPlaces.expandDims(-1));
  const distance = bidirectional ? ahead.abs() : ahead.less(0).where(ahead.neg(), 0);
  const starts = tensor(Int32Array.from(bucketStarts(own, maxDistance)));
  const bucket = searchsorted(starts, distance, { side: "right" });
  return bidirectional ? bucket.add(ahead.greater(0).where(own, 0).cast("int32")) : bucket;
};

/**
 * T5's relative bias: a learned number for each head and bucket of distances, added to the scores.
 *
 * ```ts doctest
 * import { arange } from "@adjoint/core";
 * import { key } from "@adjoint/core/random";
 * import { relativeBias } from "@adjoint/nn";
 * const params = relativeBias.init(key(0), { nHead: 4 });
 * relativeBias.apply(params, arange(3), arange(5)).shape; // => [4, 3, 5]
 * ```
 */
export const relativeBias: RelativeBiasLayer = {
  init: (key, { nHead, buckets = 32, tableInit = normalInit(0.02) }) => ({
    table: tableInit(key, [
      checkSize("relativeBias", "buckets", buckets),
      checkSize("relativeBias", "nHead", nHead),
    ]),
  }),
  apply: ({ table }, queryPlaces, keyPlaces, options) => {
    const [buckets = 0] = table.shape;
    const found = relativeBuckets(queryPlaces, keyPlaces, buckets, options);
    return take(table, found, { axis: 0 }).transpose([2, 0, 1]);
  },
};
