import { allocate, at, type HostArray } from "../host-array.ts";
import type { Tensor } from "../tensor.ts";
import { concatenateP } from "./concatenate.ts";
import { checkMatrix, matrixAt, rowsOf, stackSize } from "./matrices.ts";
import { block, identityOf, lowerMask, matrixTranspose } from "./operands.ts";
import { padP } from "./pad.ts";
import { bindOne, only, type Primitive } from "./primitive.ts";
import { triangularSolveP } from "./triangular-solve.ts";
import type { NoParams } from "./unary.ts";

const factor = (a: Float64Array, n: number): void => {
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let value = at(a, i * n + j);
      for (let k = 0; k < j; k++) value -= at(a, i * n + k) * at(a, j * n + k);
      a[i * n + j] = i === j ? Math.sqrt(value) : value / at(a, j * n + j);
    }
    for (let i = 0; i < j; i++) a[i * n + j] = 0;
  }
};

/** What a matrix that is not positive definite gets: NaN throughout the lower triangle, as in JAX. */
const undefinedFactor = (n: number): Float64Array =>
  Float64Array.from({ length: n * n }, (_, i) => (i % n <= Math.floor(i / n) ? Number.NaN : 0));

const choleskyHost = (x: HostArray): HostArray => {
  const data = allocate(x.dtype, x.data.length);
  const n = rowsOf(x.shape);
  for (let m = 0; m < stackSize(x.shape); m++) {
    const a = matrixAt(x, m);
    factor(a, n);
    data.set(a.some(Number.isNaN) ? undefinedFactor(n) : a, m * n * n);
  }
  return { ...x, data };
};

/** One column per step from what the earlier ones left; the program grows with n. */
const unrolled = (a: Tensor): Tensor => {
  const n = rowsOf(a.shape);
  const lead = a.shape.slice(0, -2).map(() => 0);
  const columns: Tensor[] = [];
  let rest = a;
  for (let j = 0; j < n; j++) {
    const left = n - j;
    const column = block(rest, [0, left], [0, 1]).div(block(rest, [0, 1], [0, 1]).sqrt());
    const padding = { low: [...lead, j, 0], high: [...lead, 0, 0], interior: [...lead, 0, 0] };
    columns.push(bindOne(padP, [column, a.literal(0, a.dtype)], padding));
    const below = block(column, [1, left], [0, 1]);
    rest = block(rest, [1, left], [1, left]).sub(below.mul(matrixTranspose(below)));
  }
  return n === 0 ? a : bindOne(concatenateP, columns, { axis: a.shape.length - 1 });
};

const solveLower = (l: Tensor, right: Tensor): Tensor =>
  bindOne(triangularSolveP, [l, right], { lower: true, transposeA: false, unitDiagonal: false });

/** Lower triangle with half the diagonal. */
const phi = (x: Tensor): Tensor => {
  const n = rowsOf(x.shape);
  return lowerMask(x, n, n).where(x, 0).mul(identityOf(x, n).mul(-0.5).add(1));
};

/** The symmetric matrix that has the lower triangle of `x`. */
const symmetric = (x: Tensor): Tensor => {
  const n = rowsOf(x.shape);
  return lowerMask(x, n, n)
    .where(x, 0)
    .add(matrixTranspose(lowerMask(x, n, n, -1).where(x, 0)));
};

/**
 * Lower factor L of a symmetric positive definite (..., n, n): L times its transpose is the matrix. Reads the lower
 * triangle alone; NaN from the first column on where the matrix is not positive definite.
 * Derivative: Murray, "Differentiation of the Cholesky decomposition" (https://arxiv.org/abs/1602.07527).
 * Decomposed, the program grows with n: meant for n up to 64.
 */
export const choleskyP: Primitive<NoParams> = {
  name: "cholesky",
  abstractEval: (inputs) => {
    const x = only(inputs);
    checkMatrix("cholesky", x, "square");
    return [x];
  },
  evaluate: (inputs) => [choleskyHost(only(inputs))],
  jvp: (_inputs, [t = null], outputs) => {
    if (t === null) return [null];
    const l = only(outputs);
    const half = solveLower(l, symmetric(t)); // L^-1 dA, then times L^-T by symmetry
    return [l.matmul(phi(solveLower(l, matrixTranspose(half))))];
  },
  vmap: (inputs) => ({ outputs: [bindOne(choleskyP, inputs, {})], batched: [true] }),
  decompose: (inputs) => [unrolled(only(inputs))],
};
