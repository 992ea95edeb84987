import { dim, type Eqn, type Shape, sizeOf, type Var } from "@adjoint/core/backend";
import { numbersParam } from "@adjoint/core/passes";
import { Affine } from "../address/affine.ts";
import { type Coordinates, coordinatesOf, flatOf } from "../address/coordinates.ts";

/**
 * What the invocations of a kernel run over. `flat`: the elements of arrays of one size. `rows`: rows, and in each the
 * columns that reductions run along. `dot`: the elements of a matrix product. `solo`: whatever the equation's own
 * kernels do; nothing joins them.
 */
export type Space =
  | { readonly kind: "flat"; readonly size: number }
  | RowSpace
  | { readonly kind: "dot"; readonly size: number; readonly eqn: Eqn }
  | { readonly kind: "solo"; readonly eqn: Eqn };

export type RowSpace = {
  readonly kind: "rows";
  readonly rows: number;
  readonly columns: number;
  /** What is reduced, and along which axes. */
  readonly shape: Shape;
  readonly axes: readonly number[];
  /** Whether columns are the innermost axes, so that rows lie one after the other. */
  readonly trailing: boolean;
};

/** Names of the variables: the flat index, row and column. */
export const flatIndex = "i";
export const rowIndex = "r";
export const columnIndex = "c";

/** The space of a reduction. */
export const reductionSpace = (eqn: Eqn): RowSpace => {
  const shape = eqn.inputs[0]?.aval.shape ?? [];
  const axes = numbersParam(eqn.params, "axes");
  const wide = axes.filter((a) => shape[a] !== 1);
  const after = (axis: number): boolean =>
    shape.every((d, i) => i <= axis || d === 1 || wide.includes(i));
  return {
    kind: "rows",
    rows: sizeOf(shape.filter((_, i) => !axes.includes(i))),
    columns: sizeOf(axes.map((a) => dim(shape, a))),
    shape,
    axes,
    trailing: wide.every(after),
  };
};

/** Whether reductions over two spaces can share their loops. */
export const sameRows = (a: RowSpace, b: RowSpace): boolean =>
  a.rows === b.rows &&
  a.columns === b.columns &&
  ((a.trailing && b.trailing) ||
    (a.shape.join() === b.shape.join() && a.axes.join() === b.axes.join()));

/** Position along the rows. */
export const rowOf = ({ rows }: RowSpace): Affine => Affine.variable(rowIndex, rows);

/** Coordinates of the element of what is reduced that row and column stand for. */
export const reducedAt = (space: RowSpace): Coordinates => {
  const { shape, axes } = space;
  const kept = shape.flatMap((_, i) => (axes.includes(i) ? [] : [i]));
  const sizes = (list: readonly number[]): Shape => list.map((i) => dim(shape, i));
  const outer = coordinatesOf(rowOf(space), sizes(kept));
  const inner = coordinatesOf(Affine.variable(columnIndex, space.columns), sizes(axes));
  return shape.map((_, i) => {
    const list = axes.includes(i) ? inner : outer;
    return list[(axes.includes(i) ? axes : kept).indexOf(i)] ?? Affine.of(0);
  });
};

/** How often a member of a cluster has a value: once for each row, or for each element. */
export type Depth = "row" | "element";

/** Whether a name has one value for each row of a space or for each element; undefined when it fits neither. */
export const depthIn = (space: Space, { aval }: Pick<Var, "aval">): Depth | undefined => {
  const size = sizeOf(aval.shape);
  if (space.kind === "solo") return undefined;
  if (space.kind !== "rows") return size === space.size ? "element" : undefined;
  if (size === space.rows) return "row";
  if (size !== space.rows * space.columns) return undefined;
  return space.trailing || aval.shape.join() === space.shape.join() ? "element" : undefined;
};

/** Flat index of the element that the running invocation is at. */
export const elementOf = (space: Space): Affine => {
  if (space.kind === "rows") return flatOf(reducedAt(space), space.shape);
  return Affine.variable(flatIndex, space.kind === "solo" ? 1 : space.size);
};

/** Coordinates of a member's value. */
export const memberAt = (space: Space, { aval }: Pick<Var, "aval">, depth: Depth): Coordinates => {
  const flat = space.kind === "rows" && depth === "row" ? rowOf(space) : elementOf(space);
  const isReduced = space.kind === "rows" && depth === "element";
  if (isReduced && aval.shape.join() === space.shape.join()) return reducedAt(space);
  return coordinatesOf(flat, aval.shape);
};
