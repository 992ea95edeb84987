import { ArgumentError, ShapeError, TracerError } from "../errors.ts";
import { at } from "../host-array.ts";
import { formatAval } from "../ir/aval.ts";
import { broadcastShapes, dim, formatShape, type Shape, stridesOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { tensor } from "./creation.ts";
import { fromStart, type IndexData, type IndexLike, indicesOf } from "./indices.ts";
import { isTensor } from "./operand.ts";

/** A part of an axis as in Python's `start:stop:step`; negative numbers count from the end, absent ones mean the ends. */
export type Range = { readonly start?: number; readonly stop?: number; readonly step?: number };

/** Booleans in nested arrays of equal lengths. */
export type MaskData = boolean | readonly MaskData[];

/**
 * How one or more axes are indexed: a number (drops the axis), a range or ":" (all of it), "..." (as many axes whole as
 * are left), null (a new axis), integer indices, or a bool mask over as many axes as it has.
 */
export type Index =
  | number
  | null
  | "..."
  | ":"
  | Range
  | Tensor
  | Int32Array
  | readonly IndexData[]
  | readonly MaskData[];

/** What becomes of one axis of the operand, in positive steps. */
export type Span = {
  readonly start: number;
  readonly step: number;
  readonly count: number;
  readonly flipped: boolean;
};

/** Integer indices that stand for an axis of the view. */
export type Advanced = { readonly axis: number; readonly indices: Tensor };

/** Indexing in two steps: a view by spans, reshaped, then integer indices on some of its axes. */
export type IndexPlan = {
  readonly spans: readonly Span[];
  /** Shape of the view: dropped axes gone, new ones inserted. */
  readonly view: Shape;
  readonly advanced: readonly Advanced[];
  /** Where the axes of the integer indices go among the others. */
  readonly place: number;
};

type Item =
  | { readonly kind: "new" }
  | { readonly kind: "pick"; readonly index: number }
  | { readonly kind: "range"; readonly range: Range }
  | { readonly kind: "array"; readonly indices: Tensor };

const fail = (operation: string, rule: string, got: string, fix?: string): ArgumentError =>
  new ArgumentError({ operation, rule, got, ...(fix === undefined ? {} : { fix }) });

const isMaskData = (data: readonly unknown[]): boolean => {
  const [first] = data;
  return Array.isArray(first) ? isMaskData(first) : typeof first === "boolean";
};

const isIndexData = (
  data: readonly IndexData[] | readonly MaskData[],
): data is readonly IndexData[] => !isMaskData(data);

/** Coordinates of the true elements of a mask, one int32 vector per axis. */
const coordinates = (operation: string, mask: Tensor): readonly Tensor[] => {
  if (mask.trace !== undefined)
    throw new TracerError({
      operation,
      rule: "a bool mask gives a shape that depends on its values, which are not known under trace",
      got: formatAval(mask.aval),
      fix: "use where(mask, x, 0), or index before tracing",
    });
  const data = mask.dataSync();
  const places = Array.from(data.keys()).filter((i) => at(data, i) !== 0);
  const strides = stridesOf(mask.shape);
  return mask.shape.map((d, axis) =>
    tensor(Int32Array.from(places, (p) => Math.floor(p / dim(strides, axis)) % d)),
  );
};

const arrays = (operation: string, index: IndexLike): readonly Item[] => [
  { kind: "array", indices: indicesOf(operation, index) },
];

const maskItems = (
  operation: string,
  mask: Tensor,
  shape: Shape,
  axis: number,
): readonly Item[] => {
  const covered = shape.slice(axis, axis + mask.rank);
  if (mask.rank === 0 || covered.length < mask.rank || covered.some((d, i) => d !== mask.shape[i]))
    throw new ShapeError({
      operation,
      rule: "a bool mask must have the sizes of the axes it covers",
      got: `mask ${formatShape(mask.shape)} at axis ${axis} of ${formatShape(shape)}`,
    });
  return coordinates(operation, mask).map((indices) => ({ kind: "array", indices }));
};

const itemsOf = (
  operation: string,
  index: Exclude<Index, "...">,
  shape: Shape,
  axis: number,
): readonly Item[] => {
  if (index === null) return [{ kind: "new" }];
  if (index === ":") return [{ kind: "range", range: {} }];
  if (typeof index === "number") return [{ kind: "pick", index }];
  if (isTensor(index))
    return index.dtype === "bool"
      ? maskItems(operation, index, shape, axis)
      : arrays(operation, index);
  if (index instanceof Int32Array) return arrays(operation, index);
  if (!isList(index)) return [{ kind: "range", range: checkRange(operation, index) }];
  return isIndexData(index)
    ? arrays(operation, index)
    : maskItems(operation, tensor(index), shape, axis);
};

const isList = (
  index: Range | readonly IndexData[] | readonly MaskData[],
): index is readonly IndexData[] | readonly MaskData[] => Array.isArray(index);

const checkRange = (operation: string, range: unknown): Range => {
  if (typeof range !== "object" || range === null)
    throw fail(
      operation,
      'an index must be a number, a range, ":", "...", null, integers or a bool mask',
      String(range),
    );
  const { start, stop, step }: Range = range;
  const unknown = Object.keys(range).filter((key) => !["start", "stop", "step"].includes(key));
  if (unknown.length > 0)
    throw fail(operation, "a range has start, stop and step", unknown.join(", "));
  if ([start, stop, step].some((n) => n !== undefined && !Number.isInteger(n)) || step === 0)
    throw fail(
      operation,
      "start, stop and step must be whole numbers, step not 0",
      `${start}:${stop}:${step}`,
    );
  return range;
};

const axesOf = (item: Item): number => (item.kind === "new" ? 0 : 1);

/** Items for every axis: "..." and what is missing at the end become whole axes. */
const expand = (operation: string, index: readonly Index[], shape: Shape): readonly Item[] => {
  const dots = index.flatMap((i, n) => (i === "..." ? [n] : []));
  if (dots.length > 1) throw fail(operation, '"..." may appear once', `${dots.length} times`);
  const [dot = index.length] = dots;
  const items = (part: readonly Index[], from: number): readonly Item[] => {
    let axis = from;
    return part.flatMap((i) => {
      const own = i === "..." ? [] : itemsOf(operation, i, shape, axis);
      axis += own.reduce((n, item) => n + axesOf(item), 0);
      return own;
    });
  };
  const consumed = (part: readonly Index[]): number =>
    part.reduce<number>((n, i) => n + (i === null ? 0 : isMask(i) ? rankOf(i) : 1), 0);
  const tail = index.slice(dot + 1);
  const [used, behind] = [consumed(index.slice(0, dot)), consumed(tail)];
  if (used + behind > shape.length)
    throw new ShapeError({
      operation,
      rule: `takes at most ${shape.length} indices`,
      got: `${used + behind} for shape ${formatShape(shape)}`,
    });
  const whole = Array.from({ length: shape.length - used - behind }, (): Item => ({
    kind: "range",
    range: {},
  }));
  return [...items(index.slice(0, dot), 0), ...whole, ...items(tail, shape.length - behind)];
};

const isMask = (index: Index): index is Tensor | readonly MaskData[] =>
  isTensor(index) ? index.dtype === "bool" : Array.isArray(index) && isMaskData(index);

const rankOf = (mask: Tensor | readonly MaskData[]): number =>
  isTensor(mask) ? mask.rank : depth(mask);

const depth = (data: unknown): number => (Array.isArray(data) ? 1 + depth(data[0]) : 0);

const pickSpan = (operation: string, index: number, size: number): Span => {
  if (!Number.isInteger(index))
    throw fail(operation, "an index must be a whole number", `${index}`);
  if (index < -size || index >= size)
    throw fail(
      operation,
      `an index of an axis of size ${size} must be in [${-size}, ${size - 1}]`,
      `${index}`,
    );
  return { start: index < 0 ? index + size : index, step: 1, count: 1, flipped: false };
};

/** Python's rule for `start:stop:step`, then turned into positive steps. */
const rangeSpan = ({ start, stop, step = 1 }: Range, size: number): Span => {
  const [lowest, highest] = step > 0 ? [0, size] : [-1, size - 1];
  const clamp = (n: number): number => Math.min(Math.max(n < 0 ? n + size : n, lowest), highest);
  const from = start === undefined ? (step > 0 ? 0 : size - 1) : clamp(start);
  const to = stop === undefined ? (step > 0 ? size : -1) : clamp(stop);
  const count = Math.max(0, Math.ceil((to - from) / step));
  const flipped = step < 0;
  return {
    start: count === 0 ? 0 : flipped ? from + (count - 1) * step : from,
    step: Math.abs(step),
    count,
    flipped,
  };
};

/** Where the axes of integer indices go: in their place when they stand together, else in front (as NumPy). */
const placeOf = (items: readonly Item[]): number => {
  const kinds = items.map((item) => item.kind === "array" || item.kind === "pick");
  const [first, last] = [kinds.indexOf(true), kinds.lastIndexOf(true)];
  return kinds.slice(first, last + 1).includes(false) ? 0 : first;
};

/** Works out an index expression for an operand of `shape`; throws for what does not fit. */
export const planIndex = (operation: string, index: readonly Index[], shape: Shape): IndexPlan => {
  const items = expand(operation, index, shape);
  const spans: Span[] = [];
  const view: number[] = [];
  const advanced: Advanced[] = [];
  for (const item of items) {
    const size = item.kind === "new" ? 1 : dim(shape, spans.length);
    if (item.kind === "array")
      advanced.push({ axis: view.length, indices: fromStart(item.indices, [size]) });
    if (item.kind === "pick") spans.push(pickSpan(operation, item.index, size));
    else if (item.kind !== "new")
      spans.push(rangeSpan(item.kind === "range" ? item.range : {}, size));
    if (item.kind !== "pick") view.push(item.kind === "new" ? 1 : (spans.at(-1)?.count ?? 0));
  }
  return { spans, view, advanced, place: advanced.length === 0 ? 0 : placeOf(items) };
};

/** The axes of the integer indices, broadcast together. */
export const advancedShape = (operation: string, { advanced }: IndexPlan): Shape =>
  broadcastShapes(operation, ...advanced.map((a) => a.indices.shape));
