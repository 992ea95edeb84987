import { size } from "../../src/kernel/shape-marks.ts";
import type { MatmulSpec, MatrixOperand, ProductType } from "../../src/matmul/matmul-spec.ts";

export type Order = "row" | "column";

export type Case = {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly batch?: number;
  readonly a?: Order;
  readonly b?: Order;
  readonly type?: ProductType;
  readonly halfA?: boolean;
  readonly halfB?: boolean;
};

/** A contiguous (batch, rows, columns) array, each matrix stored by rows or by columns. */
export const matrix = (
  name: string,
  rows: number,
  columns: number,
  order: Order,
  half = false,
): MatrixOperand => ({
  name,
  half,
  rowStride: order === "row" ? columns : 1,
  columnStride: order === "row" ? 1 : rows,
  base: (batch) => `${batch} * ${size(rows * columns)}`,
  aligned: (rows * columns) % 4 === 0,
});

/** y = A B, with no epilogue but the store. */
export const plainSpec = (c: Case): MatmulSpec => ({
  name: "matmul",
  m: c.m,
  n: c.n,
  k: c.k,
  batch: c.batch ?? 1,
  a: matrix("left", c.m, c.k, c.a ?? "row", c.halfA),
  b: matrix("right", c.k, c.n, c.b ?? "row", c.halfB),
  ...(c.type === undefined ? {} : { type: c.type }),
  operands: [{ name: "out", element: c.type ?? "f32", access: "write" }],
  store: ({ batch, row, column, value }) =>
    `out[(${batch} * ${size(c.m)} + ${row}) * ${size(c.n)} + ${column}] = ${value};`,
  library: "",
});

/** Numbers in [-1, 1), the same in every run. */
export const noise = (length: number, seed: number): Float32Array<ArrayBuffer> => {
  let state = seed * 2_654_435_761 + 12_345;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  });
};

/** The product in float64. */
export const reference = (c: Case, a: ArrayLike<number>, b: ArrayLike<number>): Float64Array => {
  const { m, n, k, batch = 1 } = c;
  const [ra, ca] = c.a === "column" ? [1, m] : [k, 1];
  const [rb, cb] = c.b === "column" ? [1, k] : [n, 1];
  const out = new Float64Array(batch * m * n);
  for (let p = 0; p < batch; p++)
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let s = 0; s < k; s++)
          sum += (a[p * m * k + i * ra + s * ca] ?? 0) * (b[p * k * n + s * rb + j * cb] ?? 0);
        out[(p * m + i) * n + j] = sum;
      }
  return out;
};

/** The largest difference, in units of what rounding of k products in f32 allows. */
export const worst = (actual: ArrayLike<number>, expected: Float64Array, k: number): number =>
  expected.reduce(
    (most, e, i) => Math.max(most, Math.abs((actual[i] ?? Number.NaN) - e) / (2 ** -23 * (k + 1))),
    0,
  );
