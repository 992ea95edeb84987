import { size } from "./shape-marks.ts";

/** What one element of a storage buffer is in WGSL. bool is a u32 of 0 or 1. */
export type Element = "f32" | "f16" | "i32" | "u32" | "vec4<f32>" | "vec4<f16>";

/** How a kernel touches an operand; `update` reads and writes. */
export type Access = "read" | "write" | "update";

/** An array that a kernel reads or writes: binding `i` of group 0 for the i-th operand. */
export type Operand = {
  /** Name of the WGSL variable. */
  readonly name: string;
  readonly element: Element;
  readonly access: Access;
};

/** Workgroups along x, y and z. */
export type Grid = readonly [number, number, number];

/** A compute shader with what it reads and writes. */
export type Kernel = {
  /** What it computes, such as `matmul_add_gelu`; a WGSL identifier. */
  readonly name: string;
  readonly operands: readonly Operand[];
  /** WGSL without the declarations of the operands; sizes may be marked with `size`. */
  readonly code: string;
  readonly grid: Grid;
  /** Multiplications and additions, estimated. */
  readonly flops: number;
  /** Bytes read and written at least once. */
  readonly bytes: number;
};

/** Most workgroups along one dimension that every device has. */
const longest = 65_535;

/** A grid of at least `count` workgroups; a shader finds its own with `workgroupIndex`, and leaves when that is `count` or more. */
export const gridOf = (count: number): Grid => {
  if (count <= longest) return [Math.max(1, count), 1, 1];
  const rows = Math.ceil(count / longest);
  return [Math.ceil(count / rows), rows, 1];
};

/** WGSL for the number of the running workgroup in a grid made by `gridOf`. */
export const workgroupIndex = (count: number): string =>
  count <= longest ? "wid.x" : `(wid.y * ${size(gridOf(count)[0])} + wid.x)`;
