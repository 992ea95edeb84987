import { dim, type Params, type Shape, sizeOf } from "@adjoint/core/backend";
import { floatAttribute, intAttribute } from "../proto/attributes.ts";
import { binary, like, reshape, transpose } from "./emit.ts";
import type { GraphBuilder } from "./graph-builder.ts";
import { type LoweringTable, two } from "./lowering.ts";
import { axisPairParam } from "@adjoint/core/passes";
import { isFloatType, type Value } from "./value.ts";

type G = GraphBuilder;
type Axes = readonly number[];

/** Axes of one operand by what they do. */
type Roles = { readonly batch: Axes; readonly free: Axes; readonly contract: Axes };

/** An operand as (batch, rows, columns); `isTransposed` tells that the contracted axis is the first of the two. */
type Matrix = { readonly value: Value; readonly isTransposed: boolean };

const sizesAt = (shape: Shape, axes: Axes): Shape => axes.map((i) => dim(shape, i));

/** Whether the axes are in memory order, those of size 1 aside. */
const isOrdered = (shape: Shape, axes: Axes): boolean => {
  const wide = axes.filter((i) => dim(shape, i) !== 1);
  return wide.every((axis, i) => i === 0 || axis > (wide[i - 1] ?? 0));
};

const flatten = (g: G, x: Value, batch: Shape, rows: Shape, columns: Shape): Value =>
  reshape(g, x, [...(batch.length === 0 ? [] : [sizeOf(batch)]), sizeOf(rows), sizeOf(columns)]);

/** Brings the roles in the order (batch, first, second) where no transpose is needed, either way round. */
const asMatrix = (
  g: G,
  x: Value,
  { batch, free, contract }: Roles,
  contractLast: boolean,
): Matrix => {
  const [b, f, c] = [sizesAt(x.shape, batch), sizesAt(x.shape, free), sizesAt(x.shape, contract)];
  if (isOrdered(x.shape, [...batch, ...free, ...contract]))
    return { value: flatten(g, x, b, f, c), isTransposed: !contractLast };
  if (isOrdered(x.shape, [...batch, ...contract, ...free]))
    return { value: flatten(g, x, b, c, f), isTransposed: contractLast };
  const order = contractLast ? [...free, ...contract] : [...contract, ...free];
  const moved = transpose(g, x, [...batch, ...order]);
  return {
    value: contractLast ? flatten(g, moved, b, f, c) : flatten(g, moved, b, c, f),
    isTransposed: false,
  };
};

/** A factor on the result, and whether to keep to operators of the standard. */
type ProductOptions = { readonly alpha: number; readonly isPlain: boolean };

const flipLast = (g: G, x: Value): Value =>
  transpose(g, x, x.shape.length === 2 ? [1, 0] : [0, 2, 1]);

const product = (
  g: G,
  a: Matrix,
  b: Matrix,
  shape: Shape,
  { alpha, isPlain }: ProductOptions,
): Value => {
  const output = { type: a.value.type, shape };
  const scaled = (x: Value): Value => (alpha === 1 ? x : binary(g, "Mul", x, like(g, alpha, x)));
  if (!a.isTransposed && !b.isTransposed && (alpha === 1 || isPlain))
    return scaled(g.node("MatMul", [a.value, b.value], output));
  const flags = {
    ...(alpha === 1 ? {} : { alpha: floatAttribute(alpha) }),
    transA: intAttribute(a.isTransposed ? 1 : 0),
    transB: intAttribute(b.isTransposed ? 1 : 0),
  };
  if (isFloatType(a.value.type) && shape.length === 2)
    return g.node("Gemm", [a.value, b.value], output, flags);
  if (isFloatType(a.value.type) && !isPlain)
    return g.node("FusedMatMul", [a.value, b.value], output, flags, "com.microsoft");
  const plain = (m: Matrix): Value => (m.isTransposed ? flipLast(g, m.value) : m.value);
  return scaled(g.node("MatMul", [plain(a), plain(b)], output));
};

const freeAxes = (rank: number, used: Axes): Axes =>
  Array.from({ length: rank }, (_, i) => i).filter((i) => !used.includes(i));

/** The contracted pairs in an order that keeps one operand in memory order, the left one when the two disagree. */
const orderPairs = (
  left: Axes,
  right: Axes,
  bShape: Shape,
): { readonly left: Axes; readonly right: Axes } => {
  const by = isOrdered(bShape, right) ? right : left;
  const order = by.map((_, i) => i).sort((i, j) => (by[i] ?? 0) - (by[j] ?? 0));
  return { left: order.map((i) => left[i] ?? 0), right: order.map((i) => right[i] ?? 0) };
};

/** Whether a product is of rows with a matrix, as `MatMul` takes it whatever axes the rows have. */
const isOfRows = (a: Value, b: Value, left: Axes, right: Axes): boolean =>
  a.shape.length > 2 && b.shape.length === 2 && right[0] === 0 && left[0] === a.shape.length - 1;

const dotGeneral = (g: G, a: Value, b: Value, params: Params, isPlain: boolean): Value => {
  const batch = axisPairParam(params, "batch");
  const pairs = axisPairParam(params, "contract");
  const alpha = typeof params["alpha"] === "number" ? params["alpha"] : 1;
  if (alpha === 1 && pairs.left.length === 1 && isOfRows(a, b, pairs.left, pairs.right))
    return g.node("MatMul", [a, b], {
      type: a.type,
      shape: [...a.shape.slice(0, -1), dim(b.shape, 1)],
    });
  const contract = orderPairs(pairs.left, pairs.right, b.shape);
  const freeA = freeAxes(a.shape.length, [...pairs.left, ...batch.left]);
  const freeB = freeAxes(b.shape.length, [...pairs.right, ...batch.right]);
  const x = asMatrix(g, a, { batch: batch.left, free: freeA, contract: contract.left }, true);
  const y = asMatrix(g, b, { batch: batch.right, free: freeB, contract: contract.right }, false);
  const batchSizes = sizesAt(a.shape, batch.left);
  const [rows, columns] = [sizesAt(a.shape, freeA), sizesAt(b.shape, freeB)];
  const flat = [
    ...(batchSizes.length === 0 ? [] : [sizeOf(batchSizes)]),
    sizeOf(rows),
    sizeOf(columns),
  ];
  return reshape(g, product(g, x, y, flat, { alpha, isPlain }), [
    ...batchSizes,
    ...rows,
    ...columns,
  ]);
};

/** Matrix products. */
export const dotLowerings: LoweringTable = {
  dotGeneral: two((g, a, b, params, { isPlain }) => dotGeneral(g, a, b, params, isPlain)),
};
