import { ShapeError } from "../errors.ts";
import { allocate, at, type HostArray, type HostData } from "../host-array.ts";
import { type Aval, formatAval } from "../ir/aval.ts";
import { sameShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { concatenateP } from "./concatenate.ts";
import { checkMatrix, columnsOf, matrixAt, rowsOf, stackSize } from "./matrices.ts";
import { block, lowerMask, matrixTranspose, twoOperands, withBatch } from "./operands.ts";
import { bindOne, only, type Primitive } from "./primitive.ts";

/** Parameters of `triangularSolve`: which triangle of `a` is read, whether transposed, and whether its diagonal is 1. */
export type TriangularParams = {
  readonly lower: boolean;
  readonly transposeA: boolean;
  readonly unitDiagonal: boolean;
};

/** Whether the first unknown is found first. */
const isForward = ({ lower, transposeA }: TriangularParams): boolean => lower !== transposeA;

/** Solves in place for the columns of `x` (n, k). */
const substitute = (
  a: HostData,
  x: Float64Array,
  n: number,
  k: number,
  params: TriangularParams,
): void => {
  const entry = (row: number, column: number): number =>
    at(a, params.transposeA ? column * n + row : row * n + column);
  for (let step = 0; step < n; step++) {
    const row = isForward(params) ? step : n - 1 - step;
    for (let c = 0; c < k; c++) {
      let value = at(x, row * k + c);
      for (let s = 0; s < step; s++) {
        const known = isForward(params) ? s : n - 1 - s;
        value -= entry(row, known) * at(x, known * k + c);
      }
      x[row * k + c] = params.unitDiagonal ? value : value / entry(row, row);
    }
  }
};

const solveHost = (a: HostArray, b: HostArray, params: TriangularParams): HostArray => {
  const data = allocate(b.dtype, b.data.length);
  const [n, k] = [rowsOf(b.shape), columnsOf(b.shape)];
  for (let m = 0; m < stackSize(b.shape); m++) {
    const x = matrixAt(b, m);
    substitute(a.data.subarray(m * n * n, (m + 1) * n * n), x, n, k, params);
    data.set(x, m * n * k);
  }
  return { ...b, data };
};

/** The part of `a` that the solve reads, zeros elsewhere. */
const triangle = (a: Tensor, { lower, unitDiagonal }: TriangularParams): Tensor => {
  const n = rowsOf(a.shape);
  if (lower) return lowerMask(a, n, n, unitDiagonal ? -1 : 0).where(a, 0);
  return lowerMask(a, n, n, unitDiagonal ? 0 : -1).where(0, a);
};

/** Substitution as one column update per unknown; the program grows with n. */
const unrolled = (a: Tensor, b: Tensor, params: TriangularParams): Tensor => {
  const matrix = params.transposeA ? matrixTranspose(a) : a; // now its triangle is lower exactly when going forward
  const [n, k] = [rowsOf(b.shape), columnsOf(b.shape)];
  const forward = isForward(params);
  const found: Tensor[] = [];
  let rest = b; // right-hand sides of the unknowns that remain
  for (let step = 0; step < n; step++) {
    const row = forward ? step : n - 1 - step;
    const place = forward ? 0 : n - 1 - step;
    const own = block(rest, [place, place + 1], [0, k]);
    const x = params.unitDiagonal ? own : own.div(block(matrix, [row, row + 1], [row, row + 1]));
    found.push(x);
    const [from, to] = forward ? [row + 1, n] : [0, row];
    if (from === to) break;
    const others = block(rest, forward ? [1, n - step] : [0, row], [0, k]);
    rest = others.sub(block(matrix, [from, to], [row, row + 1]).mul(x));
  }
  return found.length === 0
    ? b
    : bindOne(concatenateP, forward ? found : found.reverse(), { axis: b.shape.length - 2 });
};

const check = (a: Aval, b: Aval): void => {
  checkMatrix("triangularSolve", a, "square");
  checkMatrix("triangularSolve", b);
  const fits = a.dtype === b.dtype && sameShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  if (!fits || rowsOf(a.shape) !== rowsOf(b.shape))
    throw new ShapeError({
      operation: "triangularSolve",
      rule: "takes a (..., n, n) and b (..., n, k) of one dtype with the same leading axes",
      got: `${formatAval(a)} and ${formatAval(b)}`,
    });
};

/**
 * Solves op(a) x = b for a triangular `a` (..., n, n) and b (..., n, k); the other triangle is not read.
 * A zero on the diagonal gives Infinity or NaN. Decomposed, the program grows with n: meant for n up to 64.
 */
export const triangularSolveP: Primitive<TriangularParams> = {
  name: "triangularSolve",
  abstractEval: (inputs) => {
    const [a, b] = twoOperands("triangularSolve", inputs);
    check(a, b);
    return [b];
  },
  evaluate: (inputs, params) => [solveHost(...twoOperands("triangularSolve", inputs), params)],
  jvp: (inputs, [ta = null, tb = null], outputs, params) => {
    const [a] = twoOperands("triangularSolve", inputs);
    const solve = (right: Tensor): Tensor => bindOne(triangularSolveP, [a, right], params);
    if (ta === null) return [tb === null ? null : solve(tb)];
    const change = triangle(ta, params);
    const moved = (params.transposeA ? matrixTranspose(change) : change).matmul(only(outputs));
    return [solve(tb === null ? moved.neg() : tb.sub(moved))];
  },
  transpose: (cotangents, inputs, params) => {
    const ct = only(cotangents);
    const [a] = inputs;
    if (ct === null || a === undefined || a.linear) return [null, null];
    return [
      null,
      bindOne(triangularSolveP, [a.value, ct], { ...params, transposeA: !params.transposeA }),
    ];
  },
  vmap: (inputs, batched, params, { size }) => {
    const full = inputs.map((x, i) => withBatch(x, batched[i], size));
    return { outputs: [bindOne(triangularSolveP, full, params)], batched: [true] };
  },
  decompose: (inputs, params) => [unrolled(...twoOperands("triangularSolve", inputs), params)],
};
