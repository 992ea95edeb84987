import { expect, it } from "vitest";
import { sortP } from "../../../core/src/primitives/sort.ts";
import { both, filled, hardware, randomSource, validateHalf } from "./run-plan.ts";

const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0, 1e-42, -1e-42];

/** Numbers with many equal ones, and now and then a special one. */
const mixed = (seed: number): (() => number) => {
  const next = randomSource(seed);
  return () =>
    next() < 0.1 ? (odd[Math.floor(next() * odd.length)] ?? 0) : Math.floor(next() * 50) / 4 - 6;
};

const shapes: readonly (readonly [shape: readonly number[], axis: number])[] = [
  [[1], 0],
  [[3], 0],
  [[17], 0],
  [[63], 0],
  [[65], 0],
  [[1000], 0],
  [[2049], 0],
  [[70001], 0],
  [[5, 8], 1],
  [[1000, 3], 1],
  [[17, 65], 0],
  [[3, 5000], 1],
  [[3000, 3], 0],
  [[2, 17, 3], 1],
];

it.each(shapes)("sorts %j along axis %i with the places they came from", async (shape, axis) => {
  const key = filled(shape, "float32", mixed(7));
  const place = filled(shape, "int32", (i) => i);
  const { expected, got } = await both(sortP, [key, place], { axis, numKeys: 1 });
  expect(got).toEqual(expected);
});

it.each(["float32", "int32", "uint32", "bool"] as const)("sorts %s", async (dtype) => {
  const next = randomSource(3);
  const values = { float32: 1e10, int32: 4e9, uint32: 4e9, bool: 2 };
  const offset = dtype === "int32" || dtype === "float32" ? 0.5 : 0;
  const x = filled([7, 33], dtype, () => Math.floor((next() - offset) * values[dtype]));
  const { expected, got, plan } = await both(sortP, [x], { axis: 1, numKeys: 1 });
  expect(got).toEqual(expected);
  expect(plan.kernels).toHaveLength(1);
});

it("sorts in the larger blocks of a GPU", async () => {
  const x = filled([3, 1100], "float32", mixed(13));
  const { expected, got, plan } = await both(
    sortP,
    [x],
    { axis: 1, numKeys: 1 },
    { profile: hardware },
  );
  expect(got).toEqual(expected);
  expect(plan.kernels).toHaveLength(2);
});

it.each([65, 1000])(
  "sorts by three keys, with more operands than a kernel binds (%i)",
  async (n) => {
    const next = randomSource(11);
    const few = (): number => Math.floor(next() * 4);
    const keys = [
      filled([n, 2], "float32", () => (few() === 0 ? Number.NaN : few())),
      filled([n, 2], "int32", () => few() - 2),
      filled([n, 2], "uint32", few),
    ];
    const rest = [filled([n, 2], "int32", (i) => i), filled([n, 2], "float32", (i) => i / 2)];
    const { expected, got } = await both(sortP, [...keys, ...rest], { axis: 0, numKeys: 3 });
    expect(got).toEqual(expected);
  },
);

it.each([40, 5000])("compiles for float16 (%i)", async (n) => {
  const half = { shape: [n], dtype: "float16" } as const;
  await validateHalf(sortP, [half, half], { axis: 0, numKeys: 2 });
  await validateHalf(sortP, [half, half, half, half], { axis: 0, numKeys: 1 });
});
