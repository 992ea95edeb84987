import { ArgumentError, ShapeError } from "../errors.ts";
import { padP } from "../primitives/pad.ts";
import { dim, formatShape } from "../shape.ts";
import type { Tensor, TensorLike } from "../tensor.ts";
import { applyOne, asTensor } from "./operand.ts";
import { takeStatic } from "./rearrange.ts";

/** How much to add: the same everywhere, `[before, after]` on every axis, or `[before, after]` for each axis. */
export type PadWidth = number | readonly [number, number] | readonly (readonly [number, number])[];

/** Where padding comes from: a value, the nearest element, the mirror image without or with the edge, the other end. */
export type PadMode = "constant" | "edge" | "reflect" | "symmetric" | "wrap";

/** Settings of `pad`. */
export type PadOptions = {
  /** "constant" when absent. */
  readonly mode?: PadMode;
  /** Value of the "constant" mode, 0 when absent; cast to the tensor's dtype. */
  readonly value?: TensorLike;
};

const isPair = (width: readonly unknown[]): width is readonly [number, number] =>
  width.length === 2 && width.every((w) => typeof w === "number");

const pairsOf = (x: Tensor, width: PadWidth): readonly (readonly [number, number])[] => {
  if (typeof width === "number") return x.shape.map(() => [width, width]);
  if (isPair(width)) return x.shape.map(() => width);
  return width.every(isPair) ? width : [];
};

const perAxis = (x: Tensor, width: PadWidth): readonly (readonly [number, number])[] => {
  const pairs = pairsOf(x, width);
  const whole = pairs.every((pair) => pair.every((w) => Number.isInteger(w) && w >= 0));
  if (pairs.length === x.rank && whole) return pairs;
  throw new ArgumentError({
    operation: "pad",
    rule: "needs [before, after] of 0 or more for each axis",
    got: `${JSON.stringify(width)} for ${formatShape(x.shape)}`,
  });
};

const modulo = (a: number, n: number): number => ((a % n) + n) % n;

/** Index, among `n` elements, that place `i` (from -before to n + after) shows. */
const sources: Readonly<Record<Exclude<PadMode, "constant">, (i: number, n: number) => number>> = {
  edge: (i, n) => Math.min(Math.max(i, 0), n - 1),
  wrap: (i, n) => modulo(i, n),
  reflect: (i, n) => (n === 1 ? 0 : n - 1 - Math.abs(n - 1 - modulo(i, 2 * n - 2))),
  symmetric: (i, n) => Math.min(modulo(i, 2 * n), 2 * n - 1 - modulo(i, 2 * n)),
};

const padAxis = (
  x: Tensor,
  axis: number,
  [before, after]: readonly [number, number],
  mode: Exclude<PadMode, "constant">,
): Tensor => {
  if (before === 0 && after === 0) return x;
  const n = dim(x.shape, axis);
  if (n === 0)
    throw new ShapeError({
      operation: "pad",
      rule: `mode "${mode}" needs elements on the axis`,
      got: formatShape(x.shape),
    });
  return takeStatic(
    x,
    axis,
    Array.from({ length: before + n + after }, (_, i) => sources[mode](i - before, n)),
  );
};

/**
 * Surrounds a tensor with a value, or with elements of its own.
 *
 * ```ts doctest
 * import { pad, tensor } from "@adjoint/core";
 * await pad(tensor([1, 2]), [1, 2]).toArray(); // => [0, 1, 2, 0, 0]
 * await pad(tensor([1, 2, 3]), 2, { mode: "reflect" }).toArray(); // => [3, 2, 1, 2, 3, 2, 1]
 * ```
 */
export const pad = (x: TensorLike, width: PadWidth, options: PadOptions = {}): Tensor => {
  const { mode = "constant", value = 0 } = options;
  const t = asTensor(x);
  const widths = perAxis(t, width);
  if (mode !== "constant" && !Object.hasOwn(sources, mode))
    throw new ArgumentError({
      operation: "pad",
      rule: "unknown mode",
      got: JSON.stringify(mode),
      fix: `use one of constant, ${Object.keys(sources).join(", ")}`,
    });
  if (mode !== "constant")
    return widths.reduce((result, w, axis) => padAxis(result, axis, w, mode), t);
  return applyOne(padP, [t, asTensor(value).cast(t.dtype)], {
    low: widths.map(([low]) => low),
    high: widths.map(([, high]) => high),
    interior: widths.map(() => 0),
  });
};
