import { allocate, at, type HostArray } from "../host-array.ts";
import type { Shape } from "../shape.ts";
import { columnsOf, matrixAt, rowsOf, stackSize } from "./matrices.ts";

/** Shapes of q and r. */
export const factorShapes = (shape: Shape): readonly [Shape, Shape] => {
  const [lead, m, n] = [shape.slice(0, -2), rowsOf(shape), columnsOf(shape)];
  const k = Math.min(m, n);
  return [
    [...lead, m, k],
    [...lead, k, n],
  ];
};

/** Applies I - 2 v v^T / (v^T v) to the columns of `a` from `first` on. */
const reflect = (
  a: Float64Array,
  columns: number,
  v: Float64Array,
  start: number,
  first: number,
): void => {
  const norm = v.reduce((sum, x) => sum + x * x, 0);
  if (norm === 0) return;
  for (let c = first; c < columns; c++) {
    let along = 0;
    for (let i = 0; i < v.length; i++) along += at(v, i) * at(a, (start + i) * columns + c);
    const scale = (2 * along) / norm;
    for (let i = 0; i < v.length; i++)
      a[(start + i) * columns + c] = at(a, (start + i) * columns + c) - scale * at(v, i);
  }
};

/** Householder vector that clears column `j` below the diagonal; zero when nothing is there to clear, as in LAPACK. */
const householder = (a: Float64Array, m: number, n: number, j: number): Float64Array => {
  const v = Float64Array.from({ length: m - j }, (_, i) => at(a, (j + i) * n + j));
  const below = v.reduce((sum, x, i) => (i === 0 ? 0 : sum + x * x), 0);
  if (below === 0) return v.fill(0);
  const head = at(v, 0);
  v[0] = head + (head < 0 ? -1 : 1) * Math.sqrt(head * head + below);
  return v;
};

const factor = (a: Float64Array, m: number, n: number): readonly [Float64Array, Float64Array] => {
  const k = Math.min(m, n);
  const vectors = Array.from({ length: k }, (_, j) => {
    const v = householder(a, m, n, j);
    reflect(a, n, v, j, j);
    return v;
  });
  const q = new Float64Array(m * k);
  for (let i = 0; i < k; i++) q[i * k + i] = 1;
  for (let j = k - 1; j >= 0; j--) reflect(q, k, vectors[j] ?? new Float64Array(), j, 0);
  const r = new Float64Array(k * n);
  for (let i = 0; i < k; i++) for (let j = i; j < n; j++) r[i * n + j] = at(a, i * n + j);
  return [q, r];
};

/** Householder QR of every matrix of a stack. */
export const qrHost = (x: HostArray): readonly HostArray[] => {
  const [m, n] = [rowsOf(x.shape), columnsOf(x.shape)];
  const outputs = factorShapes(x.shape).map((shape) => ({
    shape,
    dtype: x.dtype,
    data: allocate(
      x.dtype,
      shape.reduce((size, d) => size * d, 1),
    ),
  }));
  for (let s = 0; s < stackSize(x.shape); s++)
    factor(matrixAt(x, s), m, n).forEach((part, i) => outputs[i]?.data.set(part, s * part.length));
  return outputs;
};
