import { readFileSync } from "node:fs";
import { type DType, fromData, isTensor, type Tensor } from "@adjoint/core";
import { expect } from "vitest";

type Scalar = number | boolean | "NaN" | "Infinity" | "-Infinity";

/** An array as fixture files write it. */
export type FixtureArray = {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly data: readonly Scalar[];
};

/** Anything a fixture has as argument, option or result. */
export type FixtureValue =
  | FixtureArray
  | number
  | boolean
  | null
  | string
  | readonly FixtureValue[];

/** One row of a fixture table. */
export type Row = {
  readonly op: string;
  readonly args: readonly FixtureValue[];
  readonly options: Readonly<Record<string, FixtureValue>>;
  readonly out: FixtureArray | readonly FixtureArray[];
  readonly grads?: readonly (readonly Scalar[] | readonly (readonly Scalar[])[] | null)[];
  readonly note?: string;
};

/** What a fixture value is as an argument of a function. */
export type Decoded = Tensor | number | boolean | string | null | readonly Decoded[];

export const readFixture = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), "utf8")) as T;

const isArray = (value: unknown): value is FixtureArray =>
  typeof value === "object" && value !== null && "shape" in value;

/** Number() reads "NaN" and "Infinity" as well. */
export const numbers = (data: readonly Scalar[]): number[] => data.map(Number);

export const toTensor = ({ shape, dtype, data }: FixtureArray): Tensor =>
  fromData(Float64Array.from(numbers(data)), shape, dtype);

export const decode = (value: FixtureValue): Decoded => {
  if (isArray(value)) return toTensor(value);
  if (typeof value === "object" && value !== null) return value.map(decode);
  return value === "NaN" || value === "Infinity" || value === "-Infinity" ? Number(value) : value;
};

/** Relative and absolute distance allowed between results in a dtype. */
const tolerances: Readonly<Record<DType, number>> = {
  bool: 0,
  int32: 0,
  uint32: 0,
  float32: 1e-5,
  float64: 1e-12,
  float16: 2e-3,
  bfloat16: 1.6e-2,
};

const close = (a: number, b: number, tolerance: number): boolean =>
  Object.is(a, b) ||
  a === b ||
  Math.abs(a - b) <= tolerance * (0.1 + Math.abs(b)) ||
  (Number.isNaN(a) && Number.isNaN(b));

/** Fails with the first place where two lists of numbers differ. */
export const expectNumbers = (
  actual: ArrayLike<number>,
  expected: readonly number[],
  tolerance: number,
  what: string,
): void => {
  expect(actual.length, what).toBe(expected.length);
  const place = expected.findIndex((e, i) => !close(actual[i] ?? Number.NaN, e, tolerance));
  expect(
    place === -1 ? "close" : `${what}: ${actual[place]} at ${place}, expected ${expected[place]}`,
  ).toBe("close");
};

export const expectTensor = (actual: unknown, expected: FixtureArray, what: string): void => {
  if (!isTensor(actual)) throw new TypeError(`${what}: no tensor`);
  expect([what, actual.dtype, actual.shape]).toEqual([what, expected.dtype, expected.shape]);
  expectNumbers(actual.dataSync(), numbers(expected.data), tolerances[expected.dtype], what);
};
