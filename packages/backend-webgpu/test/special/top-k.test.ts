import { expect, it } from "vitest";
import { argMaxP, argMinP } from "../../../core/src/primitives/arg-reduce.ts";
import { topKP } from "../../../core/src/primitives/top-k.ts";
import { both, filled, hardware, randomSource, validateHalf } from "./run-plan.ts";

const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0];

const mixed = (seed: number): (() => number) => {
  const next = randomSource(seed);
  return () =>
    next() < 0.1 ? (odd[Math.floor(next() * odd.length)] ?? 0) : Math.floor(next() * 50) / 4 - 6;
};

it.each([
  [[1], 1, 1],
  [[3], 2, 1],
  [[300, 8], 2, 1],
  [[2, 3, 17], 17, 1],
  [[5, 65], 3, 1],
  [[2, 1000], 1000, 3],
  [[2, 30001], 50, 4],
  [[1, 70001], 1, 3],
  [[2, 3000], 64, 3],
] as const)("takes of %j the largest %i", async (shape, k, kernels) => {
  const { expected, got, plan } = await both(topKP, [filled(shape, "float32", mixed(5))], { k });
  expect(got).toEqual(expected);
  expect(plan.kernels).toHaveLength(kernels);
});

it("selects in the larger blocks of a GPU", async () => {
  const x = filled([2, 5000], "float32", mixed(5));
  const { expected, got, plan } = await both(topKP, [x], { k: 50 }, { profile: hardware });
  expect(got).toEqual(expected);
  expect(plan.kernels).toHaveLength(2);
});

it.each(["int32", "uint32", "bool"] as const)("takes the largest of %s", async (dtype) => {
  const next = randomSource(9);
  const x = filled([3, 100], dtype, () => Math.floor(next() * (dtype === "bool" ? 2 : 9)));
  const { expected, got } = await both(topKP, [x], { k: 20 });
  expect(got).toEqual(expected);
});

it.each([
  [[1], 0],
  [[3], 0],
  [[1000], 0],
  [[70001], 0],
  [[5, 17, 3], 1],
  [[65, 63], 0],
  [[65, 63], 1],
  [[40, 2100], 0],
] as const)("finds the extremes of %j along axis %i", async (shape, axis) => {
  for (const next of [mixed(5), randomSource(5)]) {
    const x = filled(shape, "float32", () => next());
    for (const primitive of [argMaxP, argMinP]) {
      const { expected, got } = await both(primitive, [x], { axis });
      expect(got).toEqual(expected);
    }
  }
});

it.each(["int32", "uint32", "bool"] as const)("finds the extremes of %s", async (dtype) => {
  const next = randomSource(9);
  const x = filled([3, 100], dtype, () => Math.floor(next() * (dtype === "bool" ? 2 : 1e9)));
  for (const primitive of [argMaxP, argMinP]) {
    const { expected, got } = await both(primitive, [x], { axis: 1 });
    expect(got).toEqual(expected);
  }
});

it("finds the extremes with the workgroups of a GPU", async () => {
  const x = filled([2, 2100], "float32", mixed(7));
  for (const primitive of [argMaxP, argMinP]) {
    const { expected, got } = await both(primitive, [x], { axis: 1 }, { profile: hardware });
    expect(got).toEqual(expected);
  }
});

it("compiles for float16", async () => {
  const half = { shape: [3, 5000], dtype: "float16" } as const;
  await validateHalf(topKP, [half], { k: 7 });
  await validateHalf(topKP, [half], { k: 3000 });
  await validateHalf(argMaxP, [half], { axis: 0 });
  await validateHalf(argMinP, [half], { axis: 1 });
});
