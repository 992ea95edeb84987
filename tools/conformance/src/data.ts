import type { DType, Shape } from "@adjoint/core";
import type { Arg } from "./row.ts";

const sizeOf = (shape: Shape): number => shape.reduce((n, d) => n * d, 1);

const golden = 0.618_033_988_749_895;

/** Numbers in [0, 1) spread evenly in an irregular order, all different. */
const spread = (n: number, seed: number): readonly number[] =>
  Array.from({ length: n }, (_, i) => ((i + 1) * golden + seed * 0.377) % 1);

/** Irregular float32 numbers between `low` and `high`, all different, so that nothing ties. */
export const floats = (shape: Shape, low = -2, high = 2, seed = 0): Arg => ({
  shape,
  dtype: "float32",
  data: spread(sizeOf(shape), seed).map((u) => Math.fround(low + (high - low) * u)),
});

/** Whole numbers from `low` to `high`, both included. */
export const ints = (shape: Shape, low = -5, high = 5, dtype: DType = "int32", seed = 0): Arg => ({
  shape,
  dtype,
  data: spread(sizeOf(shape), seed).map((u) => Math.floor(low + (high - low + 1) * u)),
});

/** Flags, true and false mixed. */
export const flags = (shape: Shape, seed = 0): Arg => ints(shape, 0, 1, "bool", seed);

/** A vector of given elements. */
export const vector = (dtype: DType, data: readonly number[]): Arg => ({
  shape: [data.length],
  dtype,
  data,
});

/** Given elements under a shape. */
export const shaped = (dtype: DType, shape: Shape, data: readonly number[]): Arg => ({
  shape,
  dtype,
  data,
});

/** Numbers that arithmetic treats in a special way. */
export const special: readonly number[] = [
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  1.5,
  2.5,
  -2.5,
  1e-30,
  -1e-8,
  3.7,
  -3.7,
  20,
  -20,
  1e10,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  Number.NaN,
];

/** Every pair of `list` with itself, as two vectors. */
export const pairs = (dtype: DType, list: readonly number[]): readonly [Arg, Arg] => [
  vector(
    dtype,
    list.flatMap((a) => list.map(() => a)),
  ),
  vector(
    dtype,
    list.flatMap(() => [...list]),
  ),
];

/** Whole numbers at the ends of their range and around the sizes of a word. */
export const wholeNumbers = (dtype: "int32" | "uint32"): readonly number[] => {
  const list = [0, 1, -1, 2, 3, -3, 7, 31, 32, 33, 2 ** 31 - 1, -(2 ** 31), 12345, -12345];
  return dtype === "int32" ? list : list.map((x) => x >>> 0);
};

/** Shapes that programs forget: a scalar, no elements, one element, six axes. */
export const edgeShapes: readonly Shape[] = [[], [0], [2, 0, 3], [1], [2, 1, 2, 1, 2, 1]];
