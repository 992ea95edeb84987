import type { HostArray } from "@adjoint/core/backend";
import { expect, it } from "vitest";
import { choleskyP } from "../../../core/src/primitives/cholesky.ts";
import { luP } from "../../../core/src/primitives/lu.ts";
import { qrP } from "../../../core/src/primitives/qr.ts";
import { triangularSolveP } from "../../../core/src/primitives/triangular-solve.ts";
import { both, filled, hardware, randomSource } from "./run-plan.ts";

const close = (
  got: HostArray | undefined,
  expected: HostArray | undefined,
  tolerance: number,
): void => {
  const [a, b] = [Array.from(got?.data ?? []), Array.from(expected?.data ?? [])];
  const scale = b.reduce((most, y) => (Number.isFinite(y) ? Math.max(most, Math.abs(y)) : most), 0);
  expect(a).toHaveLength(b.length);
  for (const [i, y] of b.entries()) {
    const x = a[i] ?? 0;
    if (Number.isFinite(y)) expect(Math.abs(x - y)).toBeLessThanOrEqual(tolerance * scale);
    else expect(x).toBe(y);
  }
};

const random = (shape: readonly number[], seed: number): HostArray => {
  const next = randomSource(seed);
  return filled(shape, "float32", () => next() * 2 - 1);
};

/** Matrices with a large diagonal: positive definite as far as their lower triangle says. */
const definite = (count: number, n: number): HostArray => {
  const x = random([count, n, n], 41);
  const data = x.data.map((v, i) => ((i % (n * n)) % (n + 1) === 0 ? v + 2 + n / 2 : v));
  return { ...x, data };
};

it.each([1, 3, 17, 65])("factors positive definite matrices (%i)", async (n) => {
  for (const profile of [undefined, hardware]) {
    const options = profile === undefined ? {} : { profile };
    const { expected, got } = await both(choleskyP, [definite(3, n)], {}, options);
    close(got[0], expected[0], 2e-6);
  }
});

it("gives NaN for matrices that are not positive definite", async () => {
  const matrices = [
    [4, 0, 0, 2, 5, 0, 1, 1, -3],
    [4, 9, 9, 2, 5, 9, 1, 1, 3],
    [1, 0, 0, 1, 1, 0, 0, 0, 1],
    [Number.NaN, 0, 0, 1, 1, 0, 0, 0, 1],
    [4, 0, 0, 2, 5, 0, 1, Number.NaN, 3],
  ];
  const x = filled([5, 3, 3], "float32", (i) => matrices.flat()[i] ?? 0);
  const { expected, got } = await both(choleskyP, [x], {});
  close(got[0], expected[0], 1e-6);
});

it.each([
  [1, 1],
  [3, 2],
  [17, 5],
  [65, 33],
])("solves triangular systems (%i, %i)", async (n, k) => {
  const a = definite(2, n);
  const b = random([2, n, k], 43);
  for (const lower of [false, true])
    for (const transposeA of [false, true])
      for (const unitDiagonal of n > 20 ? [false] : [false, true]) {
        const params = { lower, transposeA, unitDiagonal };
        const { expected, got } = await both(triangularSolveP, [a, b], params);
        close(got[0], expected[0], 1e-5);
      }
});

it.each([1, 3, 17, 65])("factors with pivots (%i)", async (n) => {
  const { expected, got } = await both(luP, [random([3, n, n], 47)], {});
  expect(got[1]).toEqual(expected[1]);
  close(got[0], expected[0], 2e-5);
});

it("keeps going past a column of zeros, and picks the first of equal pivots", async () => {
  const matrices = [
    [0, 1, 2, 0, 3, -1, 0, -3, 5],
    [2, 1, 2, -2, 3, -1, 2, -3, 5],
    [0, 0, 0, 0, 0, 0, 0, 0, 0],
  ];
  const x = filled([3, 3, 3], "float32", (i) => matrices.flat()[i] ?? 0);
  const { expected, got } = await both(luP, [x], {}, { profile: hardware });
  expect(got[1]).toEqual(expected[1]);
  close(got[0], expected[0], 1e-6);
});

it.each([
  [1, 1],
  [3, 3],
  [17, 5],
  [5, 17],
  [65, 63],
])("factors into orthonormal and triangular (%i, %i)", async (m, n) => {
  const { expected, got } = await both(qrP, [random([2, m, n], 53)], {});
  close(got[0], expected[0], 1e-5);
  close(got[1], expected[1], 1e-5);
});

it("keeps LAPACK's signs where nothing is there to clear", async () => {
  const x = filled([1, 3, 3], "float32", (i) => [-2, 1, 3, 0, 0, 2, 0, -4, 1][i] ?? 0);
  const { expected, got } = await both(qrP, [x], {}, { profile: hardware });
  close(got[0], expected[0], 1e-6);
  close(got[1], expected[1], 1e-6);
});
