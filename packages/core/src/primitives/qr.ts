import type { Tensor } from "../tensor.ts";
import { checkMatrix, columnsOf, rowsOf } from "./matrices.ts";
import {
  block,
  identityOf,
  indicesOf,
  lowerMask,
  matrixTranspose,
  twoOperands,
} from "./operands.ts";
import { concatenateP } from "./concatenate.ts";
import { bind, bindOne, only, type Primitive, type Tangent } from "./primitive.ts";
import { factorShapes, qrHost } from "./qr-kernel.ts";
import { triangularSolveP } from "./triangular-solve.ts";
import type { NoParams } from "./unary.ts";

/** x times the inverse of the upper triangular r. */
const divideRight = (x: Tensor, r: Tensor): Tensor => {
  const params = { lower: false, transposeA: true, unitDiagonal: false };
  return matrixTranspose(bindOne(triangularSolveP, [r, matrixTranspose(x)], params));
};

/** Tangents for a tall or square matrix with tangent `t`. */
const tallTangents = (t: Tensor, q: Tensor, r: Tensor): readonly [Tensor, Tensor] => {
  const n = rowsOf(r.shape);
  const moved = divideRight(t, r);
  const inside = matrixTranspose(q).matmul(moved);
  const low = lowerMask(inside, n, n, -1).where(inside, 0);
  const turn = low.sub(matrixTranspose(low)); // skew-symmetric
  return [q.matmul(turn.sub(inside)).add(moved), inside.sub(turn).matmul(r)];
};

/** A wide matrix is a square one with further columns, which only r sees. */
const wideTangents = (a: Tensor, t: Tensor, q: Tensor, r: Tensor): readonly [Tensor, Tensor] => {
  const [m, n] = [rowsOf(a.shape), columnsOf(a.shape)];
  const left = (x: Tensor): Tensor => block(x, [0, m], [0, m]);
  const right = (x: Tensor): Tensor => block(x, [0, m], [m, n]);
  const [dq, dr] = tallTangents(left(t), q, left(r));
  const rest = matrixTranspose(dq)
    .matmul(right(a))
    .add(matrixTranspose(q).matmul(right(t)));
  return [dq, bindOne(concatenateP, [dr, rest], { axis: a.shape.length - 1 })];
};

/** A Householder step as tensor operations: the reflection for column j, as (..., m, 1) with zeros above row j. */
const reflector = (a: Tensor, j: number): { readonly v: Tensor; readonly scale: Tensor } => {
  const m = rowsOf(a.shape);
  const row = indicesOf(a, [m, 1], 0);
  const column = block(a, [0, m], [j, j + 1]);
  const below = row.greater(j).where(column, 0);
  const head = block(column, [j, j + 1], [0, 1]);
  const rest = below.mul(below).sum(-2, { keepDims: true });
  const length = head.mul(head).add(rest).sqrt();
  const first = head.add(head.less(0).where(length.neg(), length));
  const v = row.equal(j).where(first, below);
  const norm = first.mul(first).add(rest);
  const clear = rest.equal(0);
  return { v, scale: clear.where(0, clear.where(1, norm).pow(-1).mul(2)) };
};

const apply = ({ v, scale }: { readonly v: Tensor; readonly scale: Tensor }, x: Tensor): Tensor =>
  x.sub(v.mul(scale).mul(matrixTranspose(v).matmul(x)));

/** Householder steps one after the other; the program grows with the number of columns. */
const unrolled = (a: Tensor): readonly Tensor[] => {
  const [m, n] = [rowsOf(a.shape), columnsOf(a.shape)];
  const k = Math.min(m, n);
  const steps = [];
  let r = a;
  for (let j = 0; j < k; j++) {
    const step = reflector(r, j);
    r = apply(step, r);
    steps.push(step);
  }
  const start = block(identityOf(a, m), [0, m], [0, k]).broadcastTo([...a.shape.slice(0, -1), k]);
  const q = steps.reduceRight((sum, step) => apply(step, sum), start);
  return [q, lowerMask(a, k, n, -1).where(0, block(r, [0, k], [0, n]))];
};

/**
 * Reduced QR: a (..., m, n) gives orthonormal q (..., m, k) and upper triangular r (..., k, n), k = min(m, n), by
 * Householder reflections with LAPACK's signs. Derivatives need r's leading k columns to be invertible.
 * @see https://arxiv.org/abs/2009.10071
 */
export const qrP: Primitive<NoParams> = {
  name: "qr",
  abstractEval: (inputs) => {
    const x = only(inputs);
    checkMatrix("qr", x);
    return factorShapes(x.shape).map((shape) => ({ shape, dtype: x.dtype }));
  },
  evaluate: (inputs) => qrHost(only(inputs)),
  jvp: (inputs, [t = null], outputs): readonly Tangent[] => {
    if (t === null) return [null, null];
    const a = only(inputs);
    const [q, r] = twoOperands("qr", outputs);
    return rowsOf(a.shape) >= columnsOf(a.shape) ? tallTangents(t, q, r) : wideTangents(a, t, q, r);
  },
  vmap: (inputs) => ({ outputs: bind(qrP, inputs, {}), batched: [true, true] }),
  decompose: (inputs) => unrolled(only(inputs)),
};
