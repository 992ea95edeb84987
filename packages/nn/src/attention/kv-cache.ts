import {
  arange,
  ArgumentError,
  concatenate,
  type DType,
  dynamicUpdateSlice,
  isFloat,
  logicalOr,
  minimum,
  ones,
  ShapeError,
  type Tensor,
  tensor,
  zeros,
} from "@adjoint/core";
import { checkSize } from "../internal/check.ts";
import { checkRecords, checkTensors } from "../internal/check-tensors.ts";
import { type Mask, windowOf } from "./masks.ts";

/**
 * Keys and values of earlier tokens: a tree of tensors that goes in and comes out of each call. Its shapes never change,
 * so that one compiled program decodes every token.
 */
export type KvCache = {
  /** (..., K, S, D). */
  readonly k: Tensor;
  /** (..., K, S, E). */
  readonly v: Tensor;
  /** bool (..., S): whether a slot holds a real token, neither empty nor padding. */
  readonly valid: Tensor;
  /** int32 scalar: how many tokens went in, padding included. */
  readonly length: Tensor;
};

/** Settings of `kvCache`. */
export type KvCacheConfig = {
  /** Leading axes of the sequences, such as `[batch]`; default none. */
  readonly lead?: readonly number[];
  /** Heads K of keys and values. */
  readonly nKvHead: number;
  /** Size D of a key. */
  readonly headDim: number;
  /** Size E of a value; default `headDim`. */
  readonly valueDim?: number;
  /** Slots S: the longest sequence, or, for a rolling cache, at least the window. */
  readonly capacity: number;
  /** Default float32. */
  readonly dtype?: DType;
};

const checkConfig = ({ lead = [], dtype = "float32" }: KvCacheConfig): void => {
  const isSize = (d: unknown): boolean => Number.isInteger(d) && Number(d) >= 0;
  if (!Array.isArray(lead) || !lead.every(isSize))
    throw new ArgumentError({
      operation: "kvCache",
      rule: "lead must be an array of sizes",
      got: JSON.stringify(lead),
    });
  if (!isFloat(dtype))
    throw new ArgumentError({
      operation: "kvCache",
      rule: "dtype must be floating-point",
      got: dtype,
    });
};

/**
 * An empty cache. Throws ArgumentError for bad sizes, and for a dtype that is not floating-point.
 *
 * ```ts doctest
 * import { kvCache } from "@adjoint/nn";
 * kvCache({ lead: [2], nKvHead: 4, headDim: 8, capacity: 16 }).k.shape; // => [2, 4, 16, 8]
 * ```
 */
export const kvCache = (config: KvCacheConfig): KvCache => {
  checkRecords("kvCache", { config });
  checkConfig(config);
  const { lead = [], nKvHead, headDim, capacity, dtype = "float32" } = config;
  const { valueDim = headDim } = config;
  const check = (name: string, value: number): number => checkSize("kvCache", name, value);
  const rows = [...lead, check("nKvHead", nKvHead), check("capacity", capacity)];
  return {
    k: zeros([...rows, check("headDim", headDim)], { dtype }),
    v: zeros([...rows, check("valueDim", valueDim)], { dtype }),
    valid: zeros([...lead, capacity], { dtype: "bool" }),
    length: tensor(0, { dtype: "int32" }),
  };
};

/** Settings of `extendCache`. */
export type ExtendCacheOptions = {
  /**
   * Whether the cache keeps the last S tokens only, for attention with a window, instead of all from the first on.
   */
  readonly rolling?: boolean;
  /** bool (..., T): which of the new tokens are real; all when absent. Left padding is false in the first call. */
  readonly valid?: Tensor | undefined;
};

/** What the new tokens attend to, and the cache for the next call. */
export type ExtendedCache = {
  readonly k: Tensor;
  readonly v: Tensor;
  readonly valid: Tensor;
  /**
   * int32 (T) and (S'), places as masks take them. Queries beyond the capacity of a static cache stand at its last slot,
   * whose value is NaN then: a window sees it too.
   */
  readonly queryPlaces: Tensor;
  readonly keyPlaces: Tensor;
  readonly cache: KvCache;
};

const checkNew = (cache: KvCache, k: Tensor, v: Tensor): void => {
  checkRecords("extendCache", { cache });
  checkTensors("extendCache", { k, v, "cache.k": cache.k, "cache.v": cache.v });
  const fits = (a: Tensor, b: Tensor): boolean =>
    a.rank === b.rank && a.shape.every((d, i) => i === a.rank - 2 || d === b.shape[i]);
  if (fits(cache.k, k) && fits(cache.v, v) && k.shape.at(-2) === v.shape.at(-2)) return;
  throw new ShapeError({
    operation: "extendCache",
    rule: "new keys and values must have the axes of the cache's, apart from the length",
    got: `cache [${cache.k.shape.join()}] and [${cache.v.shape.join()}], new [${k.shape.join()}] and [${v.shape.join()}]`,
    fix: "make the cache with the leading axes, heads and sizes of the layer",
  });
};

/** `update` written into `x` at `start` along `axis`, counted from the end. */
const written = (x: Tensor, update: Tensor, start: Tensor, axis: number): Tensor =>
  dynamicUpdateSlice(
    x,
    update.cast(x.dtype),
    x.shape.map((_, i) => (i === x.rank + axis ? start : 0)),
  );

const extendStatic = (cache: KvCache, k: Tensor, v: Tensor, valid: Tensor): ExtendedCache => {
  const [capacity = 0, count = 0] = [cache.k.shape.at(-2), k.shape.at(-2)];
  if (count > capacity)
    throw new ArgumentError({
      operation: "extendCache",
      rule: `at most ${capacity} tokens fit in the cache`,
      got: `${count}`,
      fix: "make a cache with a larger capacity",
    });
  const { length } = cache;
  const next = length.add(count);
  // the length is data and cannot throw while compiled: what does not fit becomes NaN, never a wrong number
  const overflows = next.greater(capacity);
  const safe = overflows.where(Number.NaN, v);
  const kept = {
    k: written(cache.k, k, length, -2),
    v: written(cache.v, safe, length, -2),
    valid: written(cache.valid, logicalOr(valid, overflows), length, -1),
  };
  const places = arange(count, { dtype: "int32" }).add(length);
  return {
    ...kept,
    queryPlaces: minimum(places, capacity - 1),
    keyPlaces: arange(capacity, { dtype: "int32" }),
    cache: { ...kept, length: next },
  };
};

const last = (x: Tensor, size: number, axis: number): Tensor => {
  const place = x.rank + axis;
  const start = x.shape.map((d, i) => (i === place ? d - size : 0));
  return x.slice(start, x.shape);
};

const extendRolling = (cache: KvCache, k: Tensor, v: Tensor, valid: Tensor): ExtendedCache => {
  const [capacity = 0, count = 0] = [cache.k.shape.at(-2), k.shape.at(-2)];
  const { length } = cache;
  // the newest token is always in the last slot, so that nothing wraps around
  const all = {
    k: concatenate([cache.k, k.cast(cache.k.dtype)], -2),
    v: concatenate([cache.v, v.cast(cache.v.dtype)], -2),
    valid: concatenate([cache.valid, valid], -1),
  };
  return {
    ...all,
    queryPlaces: arange(count, { dtype: "int32" }).add(length),
    keyPlaces: arange(capacity + count, { dtype: "int32" }).add(length.sub(capacity)),
    cache: {
      k: last(all.k, capacity, -2),
      v: last(all.v, capacity, -2),
      valid: last(all.valid, capacity, -1),
      length: length.add(count),
    },
  };
};

/**
 * Puts the keys (..., K, T, D) and values (..., K, T, E) of T new tokens into a cache, one or a chunk of a prompt. A call
 * that goes beyond the capacity of a static cache gives NaN for all of its tokens, and so does every later one, under any
 * mask that lets a token see itself. Throws ShapeError when they do not fit the cache, ArgumentError for
 * more tokens in one call than a static cache holds.
 */
export const extendCache = (
  cache: KvCache,
  k: Tensor,
  v: Tensor,
  { rolling = false, valid }: ExtendCacheOptions = {},
): ExtendedCache => {
  checkNew(cache, k, v);
  const shape = [...cache.valid.shape.slice(0, -1), k.shape.at(-2) ?? 0];
  if (valid !== undefined && (valid.dtype !== "bool" || valid.shape.join() !== shape.join()))
    throw new ShapeError({
      operation: "extendCache",
      rule: `valid must be bool [${shape.join()}]`,
      got: `${valid.dtype} [${valid.shape.join()}]`,
    });
  const real = valid ?? ones(shape, { dtype: "bool" });
  return rolling ? extendRolling(cache, k, v, real) : extendStatic(cache, k, v, real);
};

/** Throws ArgumentError for a rolling cache that forgets tokens which the mask lets queries see. */
export const checkRolling = (
  operation: string,
  cache: KvCache,
  { mask, rolling = false }: { readonly mask?: Mask | undefined; readonly rolling?: boolean },
): void => {
  checkRecords(operation, { cache });
  checkTensors(operation, { "cache.k": cache.k });
  const capacity = cache.k.shape.at(-2) ?? 0;
  if (!rolling || windowOf(mask) - 1 <= capacity) return;
  throw new ArgumentError({
    operation,
    rule: "a rolling cache needs a mask with a window that its capacity holds",
    got: `window ${windowOf(mask)}, capacity ${capacity}`,
    fix: "add masks.window(n), or use a static cache",
  });
};
