import type { Element, Operand } from "../kernel/kernel.ts";
import { size } from "../kernel/shape-marks.ts";
import type { MatmulShape, MatrixOperand } from "./matmul-spec.ts";

/**
 * One operand seen alike for A and B: `lines` (rows of A, columns of B), each of `k` elements. `along` is the direction in
 * which four neighbours are loaded together; `vector` says that one vec4 load brings them.
 */
export type MatrixSide = {
  readonly name: string;
  readonly half: boolean;
  readonly lines: number;
  readonly k: number;
  readonly lineStride: number;
  readonly kStride: number;
  readonly base: MatrixOperand["base"];
  readonly along: "k" | "line";
  readonly vector: boolean;
};

type Layout = Pick<MatrixSide, "lines" | "k" | "lineStride" | "kStride"> & {
  readonly aligned: boolean;
};

/** Whether quads along a dimension of stride 1 stay inside and aligned, wherever they start. */
const quads = (
  unit: number,
  extent: number,
  other: number,
  others: number,
  aligned: boolean,
): boolean => unit === 1 && extent % 4 === 0 && aligned && (others === 1 || other % 4 === 0);

const directionOf = ({ lines, k, lineStride, kStride, aligned }: Layout) => {
  if (quads(kStride, k, lineStride, lines, aligned)) return { along: "k", vector: true } as const;
  if (quads(lineStride, lines, kStride, k, aligned))
    return { along: "line", vector: true } as const;
  return { along: lineStride < kStride ? "line" : "k", vector: false } as const;
};

const sideOf = (
  operand: MatrixOperand,
  layout: Omit<Layout, "aligned">,
  scalar: boolean,
): MatrixSide => {
  const { name, half, base, aligned } = operand;
  const direction = directionOf({ ...layout, aligned: aligned && !scalar });
  return { name, half, base, ...layout, ...direction };
};

/** Rows of A. */
export const leftSide = ({ a, m, k, type }: MatmulShape): MatrixSide =>
  sideOf(
    a,
    { lines: m, k, lineStride: a.rowStride, kStride: a.columnStride },
    (type ?? "f32") !== "f32",
  );

/** Columns of B. */
export const rightSide = ({ b, n, k, type }: MatmulShape): MatrixSide =>
  sideOf(
    b,
    { lines: n, k, lineStride: b.columnStride, kStride: b.rowStride },
    (type ?? "f32") !== "f32",
  );

/** The same operand, one number at a load. */
export const scalarSide = (side: MatrixSide): MatrixSide => ({ ...side, vector: false });

/** How the operand is bound. */
export const operandOf = (
  { name, half, vector }: MatrixSide,
  type: "f32" | "i32" | "u32",
): Operand => {
  const scalar: "f32" | "f16" | "i32" | "u32" = half ? "f16" : type;
  const element: Element =
    vector && (scalar === "f32" || scalar === "f16") ? `vec4<${scalar}>` : scalar;
  return { name, element, access: "read" };
};

const unit = (side: MatrixSide): number => (side.vector ? 4 : 1);

/** A stride in units of the binding: vec4 or numbers. */
const stride = (side: MatrixSide, elements: number): string =>
  size(Math.floor(elements / unit(side)));

/** u32 expression: index in the binding of the first number of a line (of a quad of lines when they lie side by side). */
export const lineStart = (side: MatrixSide, batch: string, line: string): string => {
  const base = side.base(batch);
  const first = base === "0u" ? "" : `${side.vector ? `(${base}) / 4u` : base} + `;
  const step =
    side.vector && side.along === "line"
      ? `(${line}) / 4u`
      : `(${line}) * ${stride(side, side.lineStride)}`;
  return `${first}${step}`;
};

/** u32 expression: distance of two steps of k that are loaded separately, in units of the binding. */
export const stepStride = (side: MatrixSide): string => stride(side, side.kStride);

/** u32 expression: how far step k is from the start of the line, in units of the binding. */
export const stepOffset = (side: MatrixSide, k: string, apart: string = stepStride(side)): string =>
  side.vector && side.along === "k" ? `(${k}) / 4u` : `(${k}) * ${apart}`;
