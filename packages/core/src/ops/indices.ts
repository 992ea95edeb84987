import { isFloat, isInteger, promoteTypes } from "../dtype.ts";
import { ArgumentError, DTypeError, ShapeError } from "../errors.ts";
import { formatAval } from "../ir/aval.ts";
import { formatShape, type Shape } from "../shape.ts";
import { Tensor, type TensorLike } from "../tensor.ts";
import { tensor } from "./creation.ts";
import { asTensor, isTensor } from "./operand.ts";

/** Whole numbers in nested arrays of equal lengths. */
export type IndexData = number | readonly IndexData[];

/** Indices: an int32 or uint32 tensor, a whole number, or nested arrays of whole numbers. */
export type IndexLike = Tensor | IndexData | Int32Array;

/** The indices as an int32 tensor; throws DTypeError for other dtypes and ArgumentError for fractions. */
export const indicesOf = (operation: string, indices: IndexLike): Tensor => {
  if (isTensor(indices)) {
    if (isInteger(indices.dtype)) return indices.cast("int32");
    throw new DTypeError({
      operation,
      rule: "indices must be int32 or uint32",
      got: formatAval(indices.aval),
      fix: 'use cast("int32")',
    });
  }
  if (indices instanceof Int32Array) return tensor(indices);
  checkWhole(operation, indices);
  return typeof indices === "number"
    ? Tensor.literal(indices, "int32")
    : tensor(indices, { dtype: "int32" });
};

const checkWhole = (operation: string, indices: IndexData): void => {
  if (typeof indices !== "number") for (const inner of indices) checkWhole(operation, inner);
  else if (!Number.isInteger(indices))
    throw new ArgumentError({
      operation,
      rule: "indices must be whole numbers",
      got: `${indices}`,
    });
};

/** Sizes as an int32 tensor that broadcasts against index rows: a scalar when they are all equal. */
const sizesTensor = (sizes: Shape): Tensor =>
  sizes.every((d) => d === sizes[0])
    ? Tensor.literal(sizes[0] ?? 0, "int32")
    : tensor(sizes, { dtype: "int32" });

/** Indices in which negative ones count from the end: of one axis, or of the axes named by each component of a row. */
export const fromStart = (indices: Tensor, sizes: Shape): Tensor => {
  const { literalValue } = indices;
  if (literalValue !== undefined && literalValue >= 0) return indices;
  return indices.less(0).where(indices.add(sizesTensor(sizes)), indices);
};

/** Updates as a tensor of the dtype of `x`; throws DTypeError when that would lose information. */
export const updatesOf = (operation: string, x: Tensor, updates: TensorLike): Tensor => {
  if (typeof updates === "number" && !isFloat(x.dtype) && !Number.isInteger(updates))
    throw new DTypeError({
      operation,
      rule: `a fraction does not fit ${x.dtype}`,
      got: `${updates}`,
      fix: "cast the operand first",
    });
  if (!isTensor(updates)) return asTensor(updates, x.dtype);
  if (promoteTypes(x.dtype, updates.dtype) === x.dtype) return updates.cast(x.dtype);
  throw new DTypeError({
    operation,
    rule: "updates must convert to the operand's dtype without loss",
    got: `${formatAval(updates.aval)} into ${formatAval(x.aval)}`,
    fix: "cast one of them",
  });
};

/** Updates spread over the places they go to; throws ShapeError when they do not broadcast. */
export const spreadUpdates = (operation: string, updates: Tensor, places: Shape): Tensor => {
  const lead = places.length - updates.rank;
  if (lead >= 0 && updates.shape.every((d, i) => d === 1 || d === places[lead + i]))
    return updates.broadcastTo(places);
  throw new ShapeError({
    operation,
    rule: "updates must broadcast to the places they go to",
    got: `updates ${formatShape(updates.shape)} for places ${formatShape(places)}`,
  });
};
