import { ArityError } from "./arity.ts";
import type { Tensor } from "../tensor.ts";
import { iotaP } from "./iota.ts";
import { only } from "./primitive.ts";

/** The two operands of `operation`; throws ArityError for another number. */
export const twoOperands = <T>(operation: string, list: readonly T[]): readonly [T, T] => {
  const [a, b] = list;
  if (a === undefined || b === undefined || list.length !== 2)
    throw new ArityError(operation, 2, list.length);
  return [a, b];
};

/** The three operands of `operation`; throws ArityError for another number. */
export const threeOperands = <T>(operation: string, list: readonly T[]): readonly [T, T, T] => {
  const [a, b, c] = list;
  if (a === undefined || b === undefined || c === undefined || list.length !== 3)
    throw new ArityError(operation, 3, list.length);
  return [a, b, c];
};

/** An int32 tensor of `shape` whose elements are their own index along `axis`. */
export const indicesOf = (root: Tensor, shape: readonly number[], axis: number): Tensor =>
  only(root.bind(iotaP, [], { shape, dtype: "int32", axis }));

/** A bool matrix that is true where `column - row <= offset`: 0 keeps the lower triangle, -1 the strictly lower. */
export const lowerMask = (root: Tensor, rows: number, columns: number, offset = 0): Tensor => {
  const row = indicesOf(root, [rows, 1], 0);
  const column = indicesOf(root, [1, columns], 1);
  return column.lessEqual(row.add(offset));
};

/** The identity matrix. */
export const identityOf = (root: Tensor, size: number): Tensor =>
  indicesOf(root, [size, 1], 0)
    .equal(indicesOf(root, [1, size], 1))
    .cast(root.dtype);

/** The last two axes exchanged. */
export const matrixTranspose = (x: Tensor): Tensor => {
  const lead = x.shape.length - 2;
  return x.transpose([...Array.from({ length: lead }, (_, i) => i), lead + 1, lead]);
};

/** Rows `[from, to)` of the next to last axis, columns `[left, right)` of the last. */
export const block = (
  x: Tensor,
  [from, to]: readonly [number, number],
  [left, right]: readonly [number, number],
): Tensor => {
  const lead = x.shape.slice(0, -2);
  return x.slice([...lead.map(() => 0), from, left], [...lead, to, right]);
};

/** Gives an operand that is not batched a leading axis of `size`. */
export const withBatch = (x: Tensor, batched: boolean | undefined, size: number): Tensor =>
  batched === true ? x : x.broadcastTo([size, ...x.shape]);
