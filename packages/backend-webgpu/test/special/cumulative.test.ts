import type { HostArray } from "@adjoint/core/backend";
import { expect, it } from "vitest";
import {
  cumLogSumExpP,
  cumMaxP,
  cumMinP,
  cumProdP,
  cumSumP,
} from "../../../core/src/primitives/cumulative.ts";
import { both, filled, hardware, randomSource, validateHalf } from "./run-plan.ts";

const shapes: readonly (readonly [shape: readonly number[], axis: number])[] = [
  [[1], 0],
  [[3], 0],
  [[17], 0],
  [[63], 0],
  [[1000], 0],
  [[70_001], 0],
  [[65, 17], 0],
  [[65, 17], 1],
  [[2, 65, 3], 1],
  [[3000, 20], 1],
];

const close = (
  got: readonly HostArray[],
  expected: readonly HostArray[],
  rounding: number,
): void => {
  const [a, b] = [Array.from(got[0]?.data ?? []), Array.from(expected[0]?.data ?? [])];
  expect(a.length).toBe(b.length);
  const scale = b.reduce((most, x) => (Number.isFinite(x) ? Math.max(most, Math.abs(x)) : most), 0);
  for (const [i, y] of b.entries()) {
    const x = a[i] ?? Number.NaN;
    if (!Number.isFinite(y)) expect(x).toBe(y);
    else if (!(Math.abs(x - y) <= rounding * scale)) expect(x).toBe(y);
  }
};

it.each(shapes)("accumulates %j along axis %i", async (shape, axis) => {
  const next = randomSource(5);
  for (const reverse of [false, true]) {
    const whole = filled(shape, "int32", () => Math.floor((next() - 0.5) * 2 ** 32));
    for (const primitive of [cumSumP, cumProdP]) {
      const { expected, got } = await both(primitive, [whole], { axis, reverse });
      expect(got).toEqual(expected);
    }
    const x = filled(shape, "float32", () => (next() < 0.01 ? -0 : Math.floor(next() * 1e4)) - 5e3);
    const { expected, got } = await both(cumMaxP, [x], { axis, reverse });
    expect(got).toEqual(expected);
    const sums = await both(cumSumP, [x], { axis, reverse });
    close(sums.got, sums.expected, 1e-6);
  }
});

it.each(shapes.slice(3, 8))("adds exponentials of %j along axis %i", async (shape, axis) => {
  const next = randomSource(8);
  const x = filled(shape, "float32", (i) =>
    i % 7 === 0 ? Number.NEGATIVE_INFINITY : next() * 30 - 15,
  );
  const { expected, got } = await both(cumLogSumExpP, [x], { axis, reverse: false });
  close(got, expected, 2e-6);
});

it("keeps NaN, infinities and the sign of zero", async () => {
  const x = filled([9, 40], "float32", (i) => {
    const [row, column] = [Math.floor(i / 40), i % 40];
    const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0];
    return column === 20 ? (odd[row] ?? 1) : -0;
  });
  for (const primitive of [cumSumP, cumMaxP, cumMinP, cumLogSumExpP])
    for (const reverse of [false, true]) {
      const { expected, got } = await both(primitive, [x], { axis: 1, reverse });
      if (primitive === cumLogSumExpP) close(got, expected, 1e-6);
      else expect(got).toEqual(expected);
    }
});

it.each(["int32", "uint32"] as const)("accumulates %s", async (dtype) => {
  const next = randomSource(4);
  const x = filled([5, 100], dtype, () =>
    Math.floor((next() - (dtype === "int32" ? 0.5 : 0)) * 2 ** 32),
  );
  for (const primitive of [cumSumP, cumProdP, cumMaxP, cumMinP]) {
    const { expected, got } = await both(primitive, [x], { axis: 1, reverse: true });
    expect(got).toEqual(expected);
  }
});

it("accumulates with the workgroups of a GPU", async () => {
  const next = randomSource(6);
  const x = filled([2, 9001], "int32", () => Math.floor((next() - 0.5) * 2 ** 32));
  const { expected, got, plan } = await both(
    cumSumP,
    [x],
    { axis: 1, reverse: false },
    { profile: hardware },
  );
  expect(got).toEqual(expected);
  expect(plan.kernels).toHaveLength(2);
});

it("compiles for float16", async () => {
  for (const shape of [[5, 7], [5, 100], [70_000]])
    for (const primitive of [cumSumP, cumMaxP, cumLogSumExpP])
      await validateHalf(primitive, [{ shape, dtype: "float16" }], {
        axis: shape.length - 1,
        reverse: true,
      });
});
