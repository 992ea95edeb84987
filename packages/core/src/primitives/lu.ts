import { allocate, at, type HostArray, hostZeros } from "../host-array.ts";
import type { Tensor } from "../tensor.ts";
import { argMaxP } from "./arg-reduce.ts";
import { andP } from "./binary.ts";
import { checkMatrix, columnsOf, matrixAt, rowsOf, stackSize } from "./matrices.ts";
import {
  block,
  identityOf,
  indicesOf,
  lowerMask,
  matrixTranspose,
  twoOperands,
} from "./operands.ts";
import { bind, bindOne, only, type Primitive } from "./primitive.ts";
import { triangularSolveP } from "./triangular-solve.ts";
import type { NoParams } from "./unary.ts";

const swapRows = (a: Float64Array, n: number, i: number, j: number): void => {
  for (let c = 0; c < n; c++) [a[i * n + c], a[j * n + c]] = [at(a, j * n + c), at(a, i * n + c)];
};

const pivotOf = (a: Float64Array, n: number, j: number): number => {
  let best = j;
  for (let i = j + 1; i < n; i++)
    if (Math.abs(at(a, i * n + j)) > Math.abs(at(a, best * n + j))) best = i;
  return best;
};

/** Factors in place; returns which row of the matrix each row of the factors came from. */
const factor = (a: Float64Array, n: number): Int32Array => {
  const order = Int32Array.from({ length: n }, (_, i) => i);
  for (let j = 0; j < n; j++) {
    const pivot = pivotOf(a, n, j);
    swapRows(a, n, j, pivot);
    [order[j], order[pivot]] = [at(order, pivot), at(order, j)];
    const head = at(a, j * n + j);
    if (head === 0) continue; // the whole column is 0 already
    for (let i = j + 1; i < n; i++) {
      const multiplier = at(a, i * n + j) / head;
      a[i * n + j] = multiplier;
      for (let c = j + 1; c < n; c++)
        a[i * n + c] = at(a, i * n + c) - multiplier * at(a, j * n + c);
    }
  }
  return order;
};

const luHost = (x: HostArray): readonly HostArray[] => {
  const n = rowsOf(x.shape);
  const factors = { ...x, data: allocate(x.dtype, x.data.length) };
  const orders = hostZeros(x.shape.slice(0, -1), "int32");
  for (let m = 0; m < stackSize(x.shape); m++) {
    const a = matrixAt(x, m);
    orders.data.set(factor(a, n), m * n);
    factors.data.set(a, m * n * n);
  }
  return [factors, orders];
};

type Step = { readonly a: Tensor; readonly order: Tensor };

/** Swaps rows j and p of `x` (..., n, c); `isPivot` (..., n, 1) marks row p. */
const exchange = (
  x: Tensor,
  isPivot: Tensor,
  isCurrent: Tensor,
  j: number,
): { readonly x: Tensor; readonly pivot: Tensor } => {
  const width = columnsOf(x.shape);
  const pivot = isPivot.where(x, 0).sum(-2, { keepDims: true });
  const current = block(x, [j, j + 1], [0, width]);
  return { x: isCurrent.where(pivot, isPivot.where(current, x)), pivot };
};

/** Step j of the elimination in tensor operations. */
const eliminate = ({ a, order }: Step, j: number): Step => {
  const n = rowsOf(a.shape);
  const row = indicesOf(a, [n, 1], 0);
  const column = indicesOf(a, [1, n], 1);
  const candidates = row.less(j).where(-1, block(a, [0, n], [j, j + 1]).abs());
  const place = bindOne(argMaxP, [candidates], { axis: candidates.shape.length - 2 }).expandDims(
    -1,
  );
  const isPivot = row.equal(place);
  const isCurrent = row.equal(j);
  const { x: swapped, pivot } = exchange(a, isPivot, isCurrent, j);
  const head = block(pivot, [0, 1], [j, j + 1]);
  const multiplier = row
    .greater(j)
    .where(block(swapped, [0, n], [j, j + 1]).div(head.equal(0).where(1, head)), 0);
  const reduced = swapped.sub(multiplier.mul(column.greater(j).where(pivot, 0)));
  const isBelow = bindOne(andP, [row.greater(j), column.equal(j)], {});
  return { a: isBelow.where(multiplier, reduced), order: exchange(order, isPivot, isCurrent, j).x };
};

const unrolled = (a: Tensor): readonly Tensor[] => {
  const n = rowsOf(a.shape);
  let step: Step = { a, order: indicesOf(a, [...a.shape.slice(0, -1), 1], a.shape.length - 2) };
  for (let j = 0; j < n - 1; j++) step = eliminate(step, j);
  return [step.a, step.order.reshape(a.shape.slice(0, -1))];
};

/** The rows of `x` (..., n, k) in the order that `order` (..., n) gives. */
export const permuteRows = (order: Tensor, x: Tensor): Tensor => {
  const n = rowsOf(x.shape);
  return order
    .expandDims(-1)
    .equal(indicesOf(x, [n], 0))
    .cast(x.dtype)
    .matmul(x);
};

/** Solves with the unit lower or the upper triangle of packed factors. */
export const solveFactor = (
  factors: Tensor,
  right: Tensor,
  which: "lower" | "upper" | "upperTransposed",
): Tensor =>
  bindOne(triangularSolveP, [factors, right], {
    lower: which === "lower",
    unitDiagonal: which === "lower",
    transposeA: which === "upperTransposed",
  });

/** Tangent of the packed factors. */
const factorTangent = (t: Tensor, factors: Tensor, order: Tensor): Tensor => {
  const n = rowsOf(t.shape);
  const below = lowerMask(t, n, n, -1);
  const left = solveFactor(factors, permuteRows(order, t), "lower");
  const inside = matrixTranspose(solveFactor(factors, matrixTranspose(left), "upperTransposed")); // L^-1 P dA U^-1
  const lower = below.where(factors, identityOf(t, n));
  const upper = below.where(0, factors);
  return lower.matmul(below.where(inside, 0)).add(below.where(0, inside).matmul(upper));
};

/**
 * LU factors with row pivoting: a (..., n, n) gives the packed factors (..., n, n), unit lower below and upper on and
 * above the diagonal, and int32 `order` (..., n) such that rows `order` of `a` are L U. Decomposed, the program grows
 * with n: meant for n up to 64.
 */
export const luP: Primitive<NoParams> = {
  name: "lu",
  abstractEval: (inputs) => {
    const x = only(inputs);
    checkMatrix("lu", x, "square");
    return [x, { shape: x.shape.slice(0, -1), dtype: "int32" }];
  },
  evaluate: (inputs) => luHost(only(inputs)),
  jvp: (_inputs, [t = null], outputs) => {
    const [factors, order] = twoOperands("lu", outputs);
    return [t === null ? null : factorTangent(t, factors, order), null];
  },
  vmap: (inputs) => ({ outputs: bind(luP, inputs, {}), batched: [true, true] }),
  decompose: (inputs) => unrolled(only(inputs)),
};
