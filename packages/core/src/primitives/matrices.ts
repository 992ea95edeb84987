import { DTypeError, ShapeError } from "../errors.ts";
import { isFloat } from "../dtype.ts";
import type { HostArray } from "../host-array.ts";
import { type Aval, formatAval } from "../ir/aval.ts";
import { dim, type Shape, sizeOf } from "../shape.ts";

/** Rows of a (stack of) matrices. */
export const rowsOf = (shape: Shape): number => dim(shape, shape.length - 2);

/** Columns of a (stack of) matrices. */
export const columnsOf = (shape: Shape): number => dim(shape, shape.length - 1);

/** How many matrices are stacked. */
export const stackSize = (shape: Shape): number => sizeOf(shape.slice(0, -2));

/** Throws unless `x` is a stack of floating-point matrices; square ones when asked. */
export const checkMatrix = (operation: string, x: Aval, kind: "square" | "any" = "any"): void => {
  if (!isFloat(x.dtype))
    throw new DTypeError({
      operation,
      rule: "operands must be floating-point",
      got: formatAval(x),
      fix: "use cast",
    });
  if (x.shape.length < 2 || (kind === "square" && rowsOf(x.shape) !== columnsOf(x.shape)))
    throw new ShapeError({
      operation,
      rule: kind === "square" ? "takes square matrices (..., n, n)" : "takes matrices (..., m, n)",
      got: formatAval(x),
    });
};

/** The data of matrix `index` of a stack, in double precision, to work on. */
export const matrixAt = (x: HostArray, index: number): Float64Array => {
  const size = rowsOf(x.shape) * columnsOf(x.shape);
  return Float64Array.from(x.data.subarray(index * size, (index + 1) * size));
};
