import { type Aval, dim, sizeOf } from "@adjoint/core/backend";
import { size } from "../kernel/shape-marks.ts";

/** How lines along an axis lie in memory: element i of line r is at `base(r) + i * inner`. */
export type Lines = { readonly rows: number; readonly length: number; readonly inner: number };

/** The lines of an array along `axis`. */
export const linesAlong = ({ shape }: Aval, axis: number): Lines => {
  const inner = sizeOf(shape.slice(axis + 1));
  return { rows: sizeOf(shape.slice(0, axis)) * inner, length: dim(shape, axis), inner };
};

/** WGSL of `fn element(row: u32, place: u32) -> u32`, the offset of an element of a line. */
export const elementText = ({ length, inner }: Lines): string =>
  inner === 1
    ? `fn element(row: u32, place: u32) -> u32 { return row * ${size(length)} + place; }\n`
    : `fn element(row: u32, place: u32) -> u32 {
  return (row / ${size(inner)} * ${size(length)} + place) * ${size(inner)} + row % ${size(inner)};
}
`;
