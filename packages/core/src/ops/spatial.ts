import { ArgumentError } from "../errors.ts";
import { dilated, type PadPair } from "../primitives/conv-shape.ts";
import { dim } from "../shape.ts";

/** One setting for every spatial axis, or one each. */
export type PerAxis = number | readonly number[];

/**
 * Zeros around the spatial axes: "valid" for none, "same" for as many as keep `ceil(size / stride)` (the odd one
 * behind), a number for both sides of every axis, or one number or `[low, high]` per axis.
 */
export type Padding = "valid" | "same" | number | readonly (number | PadPair)[];

/** Expands a setting to one integer per axis; throws ArgumentError below `least` or for a wrong number of entries. */
export const perAxis = (
  operation: string,
  name: string,
  value: PerAxis,
  rank: number,
  least: number,
): readonly number[] => {
  const list = typeof value === "number" ? new Array<number>(rank).fill(value) : value;
  if (list.length !== rank || !list.every((v) => Number.isInteger(v) && v >= least))
    throw new ArgumentError({
      operation,
      rule: `${name} must be an integer of at least ${least}, or ${rank} of them`,
      got: JSON.stringify(value),
    });
  return list;
};

/** What a window does along each axis. */
export type Window = {
  readonly sizes: readonly number[];
  readonly windows: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
};

const samePads = ({ sizes, windows, strides, dilations }: Window): readonly PadPair[] =>
  sizes.map((size, i): PadPair => {
    const stride = dim(strides, i);
    const needed =
      (Math.ceil(size / stride) - 1) * stride + dilated(dim(windows, i), dim(dilations, i)) - size;
    const total = Math.max(0, needed);
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  });

const explicitPads = (
  operation: string,
  padding: readonly (number | PadPair)[],
  rank: number,
): readonly PadPair[] => {
  const list = Array.isArray(padding) ? padding : []; // a mistyped word has no entries
  const pairs = list.map((p): PadPair => (typeof p === "number" ? [p, p] : p));
  if (
    pairs.length !== rank ||
    !pairs.every((p) => p.length === 2 && p.every((n) => Number.isInteger(n)))
  )
    throw new ArgumentError({
      operation,
      rule: `padding must be "same", "valid", an integer, or ${rank} integers or [low, high] pairs`,
      got: JSON.stringify(padding),
    });
  return pairs;
};

/** One `[low, high]` pair per axis. */
export const padPairs = (
  operation: string,
  padding: Padding,
  window: Window,
): readonly PadPair[] => {
  const rank = window.sizes.length;
  if (padding === "same") return samePads(window);
  if (padding === "valid") return window.sizes.map((): PadPair => [0, 0]);
  return explicitPads(
    operation,
    typeof padding === "number" ? window.sizes.map(() => padding) : padding,
    rank,
  );
};
