import {
  ArgumentError,
  DTypeError,
  isInteger,
  isTensor,
  logicalAnd,
  logicalOr,
  ShapeError,
  type Tensor,
  tensor,
} from "@adjoint/core";
import { checkSize } from "../internal/check.ts";
import { checkTensors, described } from "../internal/check-tensors.ts";

/**
 * Which keys a query may see, as data. `causal`, `window`, `band` and `prefix` go by places in the sequence (padding
 * included), so that they also serve a cache; the others hold tensors.
 */
export type Mask =
  | { readonly _tag: "causal" }
  | { readonly _tag: "window"; readonly size: number }
  | { readonly _tag: "band"; readonly before: number; readonly after: number }
  | { readonly _tag: "prefix"; readonly length: number | Tensor }
  | { readonly _tag: "padding"; readonly keys: Tensor }
  | { readonly _tag: "segments"; readonly keys: Tensor; readonly queries: Tensor }
  | { readonly _tag: "explicit"; readonly mask: Tensor }
  | { readonly _tag: "all"; readonly masks: readonly Mask[] }
  | { readonly _tag: "any"; readonly masks: readonly Mask[] };

/** What makes masks. */
export type Masks = {
  /** Keys up to the query's own place. */
  readonly causal: Mask;
  /** The last `size` keys up to the query's own place, itself included, and every later one: combine it with `causal`. */
  readonly window: (size: number) => Mask;
  /** Keys from `before` places back to `after` places on. */
  readonly band: (before: number, after: number) => Mask;
  /** The first `length` keys, for every query: a number, or an int32 tensor (...) with one length for each sequence. */
  readonly prefix: (length: number | Tensor) => Mask;
  /** Real keys: bool (..., S), false for padding. */
  readonly padding: (keys: Tensor) => Mask;
  /** Keys of the query's own document: integers (..., S), and (..., T) for the queries where they are others. */
  readonly segments: (keys: Tensor, queries?: Tensor) => Mask;
  /** A bool tensor (..., T, S). */
  readonly explicit: (mask: Tensor) => Mask;
  /** What every one of the masks allows. */
  readonly all: (...masks: readonly Mask[]) => Mask;
  /** What one of the masks allows. */
  readonly any: (...masks: readonly Mask[]) => Mask;
};

const checkReach = (operation: string, name: string, value: unknown): number => {
  if (typeof value === "number" && Number.isInteger(value) && value >= 0) return value;
  throw new ArgumentError({
    operation,
    rule: `${name} must be a whole number of 0 or more`,
    got: String(value),
  });
};

const checkLength = (length: number | Tensor): number | Tensor => {
  if (!isTensor(length)) return checkReach("masks.prefix", "length", length);
  if (isInteger(length.dtype)) return length;
  throw new DTypeError({
    operation: "masks.prefix",
    rule: "lengths must be integers",
    got: length.dtype,
  });
};

/** `x`, a tensor; else throws ArgumentError. */
const need = (kind: string, x: Tensor): Tensor => {
  checkTensors(`masks.${kind}`, { mask: x });
  return x;
};

const kinds: ReadonlySet<unknown> = new Set<Mask["_tag"]>([
  ...(["causal", "window", "band", "prefix", "padding"] as const),
  ...(["segments", "explicit", "all", "any"] as const),
]);

/** Throws ArgumentError for what `masks` did not make. */
const checkMask = (operation: string, mask: unknown): void => {
  const isMask = typeof mask === "object" && mask !== null && "_tag" in mask;
  if (isMask && kinds.has(mask._tag)) return;
  throw new ArgumentError({
    operation,
    rule: "a mask must be one of masks, such as masks.causal",
    got: typeof mask === "string" ? JSON.stringify(mask) : described(mask),
    ...(isTensor(mask) ? { fix: "masks.explicit(tensor) takes a bool one" } : {}),
  });
};

const checkedMasks = (operation: string, list: readonly Mask[]): readonly Mask[] => {
  for (const mask of list) checkMask(operation, mask);
  return list;
};

/**
 * Constructors of masks. Packed documents: `masks.all(masks.causal, masks.segments(ids))`; a prefix language model:
 * `masks.any(masks.causal, masks.prefix(n))`. Sizes that are no whole numbers and operands that are no tensors or masks
 * throw ArgumentError.
 *
 * ```ts doctest
 * import { masks, maskTensor } from "@adjoint/nn";
 * const mask = masks.all(masks.causal, masks.window(2));
 * await maskTensor(mask, { queries: 3, keys: 3 }).cast("int32").toArray(); // => [[1, 0, 0], [1, 1, 0], [0, 1, 1]]
 * const prefixed = masks.any(masks.causal, masks.prefix(2));
 * await maskTensor(prefixed, { queries: 3, keys: 3 }).cast("int32").toArray(); // => [[1, 1, 0], [1, 1, 0], [1, 1, 1]]
 * ```
 */
export const masks: Masks = {
  causal: { _tag: "causal" },
  window: (size) => ({ _tag: "window", size: checkSize("masks.window", "size", size) }),
  band: (before, after) => ({
    _tag: "band",
    before: checkReach("masks.band", "before", before),
    after: checkReach("masks.band", "after", after),
  }),
  prefix: (length) => ({ _tag: "prefix", length: checkLength(length) }),
  padding: (keys) => ({ _tag: "padding", keys: need("padding", keys) }),
  segments: (keys, queries = keys) => ({
    _tag: "segments",
    keys: need("segments", keys),
    queries: need("segments", queries),
  }),
  explicit: (mask) => ({ _tag: "explicit", mask: need("explicit", mask) }),
  all: (...list) => ({ _tag: "all", masks: checkedMasks("masks.all", list) }),
  any: (...list) => ({ _tag: "any", masks: checkedMasks("masks.any", list) }),
};

/** Numbers of queries and keys, and where they stand when it is not the last T of S places and 0 to S - 1. */
export type MaskPlaces = {
  readonly queries: number;
  readonly keys: number;
  /** int32 (T). */
  readonly queryPlaces?: Tensor;
  /** int32 (S). */
  readonly keyPlaces?: Tensor;
};

/** Places of queries (T, 1) and keys (S). */
type Grid = {
  readonly query: Tensor;
  readonly key: Tensor;
  readonly shape: readonly [number, number];
};

const range = (length: number, start: number): Tensor =>
  tensor(Int32Array.from({ length }, (_, i) => start + i));

const gridOf = ({ queries, keys, queryPlaces, keyPlaces }: MaskPlaces): Grid => ({
  query: (queryPlaces ?? range(queries, keys - queries)).expandDims(-1),
  key: keyPlaces ?? range(keys, 0),
  shape: [queries, keys],
});

const withLength = (kind: string, x: Tensor, expected: number): Tensor => {
  if (x.shape.at(-1) === expected) return x;
  throw new ShapeError({
    operation: "maskTensor",
    rule: `the ${kind} mask must have ${expected} elements on its last axis`,
    got: `[${x.shape.join()}]`,
  });
};

const needBool = (kind: string, x: Tensor): Tensor => {
  if (x.dtype === "bool") return x;
  throw new ArgumentError({
    operation: "maskTensor",
    rule: `the ${kind} mask must be bool, true for what is seen`,
    got: x.dtype,
    fix: "compare: mask.notEqual(0)",
  });
};

/** An explicit mask that broadcasts to (..., T, S). */
const fitting = (mask: Tensor, [queries, keys]: readonly [number, number]): Tensor => {
  const fits = (size: number, whole: number): boolean => size === 1 || size === whole;
  if (fits(mask.shape.at(-1) ?? 1, keys) && fits(mask.shape.at(-2) ?? 1, queries)) return mask;
  throw new ShapeError({
    operation: "maskTensor",
    rule: `the explicit mask must broadcast to (..., ${queries}, ${keys}), the queries and the keys`,
    got: `[${mask.shape.join()}]`,
  });
};

const combined = (
  list: readonly Mask[],
  grid: Grid,
  join: (a: Tensor, b: Tensor) => Tensor,
): Tensor => {
  if (list.length > 0) return list.map((m) => evaluate(m, grid)).reduce(join);
  throw new ArgumentError({
    operation: "maskTensor",
    rule: "all and any need at least one mask",
    got: "none",
  });
};

const prefixOf = (length: number | Tensor, { key }: Grid): Tensor => {
  if (typeof length === "number") return key.less(length).expandDims(0);
  return key.less(length.expandDims(-1).expandDims(-1));
};

/** Bool that broadcasts to (..., T, S). */
const evaluate = (mask: Mask, grid: Grid): Tensor => {
  const { query, key, shape } = grid;
  switch (mask._tag) {
    case "causal":
      return key.lessEqual(query);
    case "window":
      return key.greater(query.sub(mask.size));
    case "band":
      return logicalAnd(
        key.greaterEqual(query.sub(mask.before)),
        key.lessEqual(query.add(mask.after)),
      );
    case "prefix":
      return prefixOf(mask.length, grid);
    case "padding":
      return withLength("padding", needBool("padding", mask.keys), shape[1]).expandDims(-2);
    case "segments": {
      const own = withLength("segments", mask.queries, shape[0]).expandDims(-1);
      return withLength("segments", mask.keys, shape[1]).expandDims(-2).equal(own);
    }
    case "explicit":
      return fitting(needBool("explicit", mask.mask), shape);
    case "all":
      return combined(mask.masks, grid, logicalAnd);
    case "any":
      return combined(mask.masks, grid, logicalOr);
  }
};

/**
 * A mask as a bool tensor (..., T, S), true for what is seen. Queries are the last T of the S places unless told
 * otherwise. Throws ShapeError for tensors of another length, ArgumentError for masks that are not bool.
 */
export const maskTensor = (mask: Mask, places: MaskPlaces): Tensor => {
  checkMask("maskTensor", mask);
  const grid = gridOf(places);
  const seen = evaluate(mask, grid);
  const [queries, keys] = grid.shape;
  return seen.broadcastTo([...seen.shape.slice(0, -2), queries, keys]);
};

/** What of a mask attention has settings for, and the rest as a tensor that broadcasts to (..., H, T, S). */
export type AttentionMask = {
  readonly causal?: boolean;
  readonly window?: number;
  readonly mask?: Tensor;
};

/**
 * A mask in the terms of `attention`: with places as usual its causal and window parts become settings, which kernels
 * apply without reading a mask.
 */
export const attentionMask = (mask: Mask | undefined, places: MaskPlaces): AttentionMask => {
  if (mask === undefined) return {};
  checkMask("attentionMask", mask);
  const parts = mask._tag === "all" ? mask.masks : [mask];
  const usual = places.queryPlaces === undefined && places.keyPlaces === undefined;
  const causal = usual && parts.some(({ _tag }) => _tag === "causal");
  const windows = parts.flatMap((m) => (usual && m._tag === "window" ? [m.size] : []));
  const rest = parts.filter(({ _tag }) => !usual || (_tag !== "causal" && _tag !== "window"));
  const seen = rest.length === 0 ? undefined : maskTensor(masks.all(...rest), places);
  return {
    ...(causal ? { causal } : {}),
    ...(windows.length > 0 ? { window: Math.min(...windows) } : {}),
    ...(seen === undefined ? {} : { mask: seen.rank > 2 ? seen.expandDims(-3) : seen }),
  };
};

/** The smallest window that every query is held to, or Infinity. */
export const windowOf = (mask: Mask | undefined): number => {
  if (mask?._tag === "window") return mask.size;
  if (mask?._tag === "band") return mask.before + 1;
  return mask?._tag === "all" ? Math.min(Infinity, ...mask.masks.map(windowOf)) : Infinity;
};
