import { type Shape, sizeOf } from "@adjoint/core/backend";
import type { KernelAxes } from "../wasm/kernel-program.ts";
import type { View } from "./view.ts";

/** Lengths of the three loops of a kernel: blocks, rows, columns. */
export type Loops = readonly [number, number, number];

/** How many axes, from the front, are blocks, and how many are blocks or rows. */
type Cut = { readonly blocks: number; readonly rows: number };

/** Where `shape` has to be cut to be read by `loops`; undefined when its axes do not fit. */
const cutOf = (shape: Shape, [blocks, rows]: Loops): Cut | undefined => {
  let axis = 0;
  const advance = (length: number): boolean => {
    let size = 1;
    while (
      axis < shape.length &&
      size * (shape[axis] ?? 1) <= length &&
      (size < length || shape[axis] === 1)
    ) {
      size *= shape[axis] ?? 1;
      axis++;
    }
    return size === length;
  };
  if (!advance(blocks)) return undefined;
  const first = axis;
  return advance(rows) ? { blocks: first, rows: axis } : undefined;
};

/** Whether axes of a view are read in memory order, not at all, or in a way a kernel cannot. */
const rangeOf = (
  { shape, strides }: View,
  from: number,
  to: number,
): "varies" | "repeats" | undefined => {
  const wide = Array.from({ length: to - from }, (_, i) => from + i).filter(
    (axis) => (shape[axis] ?? 1) !== 1,
  );
  if (wide.every((axis) => strides[axis] === 0)) return "repeats";
  return wide.some((axis) => strides[axis] === 0) ? undefined : "varies";
};

/** Which loops a view varies along, `view` having the shape that `loops` runs over; undefined when a kernel cannot read it. */
export const axesIn = (view: View, loops: Loops): KernelAxes | undefined => {
  const cut = cutOf(view.shape, loops);
  if (cut === undefined) return undefined;
  const blocks = rangeOf(view, 0, cut.blocks);
  const rows = rangeOf(view, cut.blocks, cut.rows);
  const columns = rangeOf(view, cut.rows, view.shape.length);
  if (blocks === undefined || rows === undefined || columns === undefined) return undefined;
  let step = 1;
  for (let axis = view.shape.length - 1; axis >= 0; axis--) {
    const size = view.shape[axis] ?? 1;
    if (size === 1 || view.strides[axis] === 0) continue;
    if (view.strides[axis] !== step) return undefined;
    step *= size;
  }
  return { blocks: blocks === "varies", rows: rows === "varies", columns: columns === "varies" };
};

/** Loops over `shape` that can read all of `views`; the last axis alone where any cut would do. */
export const loopsFor = (shape: Shape, views: readonly View[]): Loops | undefined => {
  const rank = shape.length;
  const total = sizeOf(shape);
  const last = rank === 0 ? 1 : (shape[rank - 1] ?? 1);
  const second = rank < 2 ? 1 : (shape[rank - 2] ?? 1);
  const candidates: Loops[] = [[total / (last * second), second, last]];
  for (let i = rank - 1; i >= 0; i--)
    for (let j = i; j >= 0; j--) {
      const [columns, rows] = [sizeOf(shape.slice(i)), sizeOf(shape.slice(j, i))];
      candidates.push([total / (columns * rows), rows, columns]);
    }
  return candidates.find((loops) => views.every((view) => axesIn(view, loops) !== undefined));
};
