import * as core from "@adjoint/core";
import { describe, expect, it } from "vitest";
import { readFixture } from "./support/fixtures.ts";

type Promotion = {
  readonly pairs: Readonly<Record<string, Readonly<Record<string, core.DType>>>>;
  readonly scalars: Readonly<
    Record<string, Readonly<Record<"boolean" | "integer" | "float", core.DType>>>
  >;
  readonly operations: Readonly<Record<string, Readonly<Record<string, core.DType | null>>>>;
};

const { pairs, scalars, operations } = readFixture<{ readonly promotion: Promotion }>(
  "ops",
).promotion;
const one = (dtype: string): core.Tensor => core.ones([1], { dtype: dtype as core.DType });

describe("two tensors promote as in JAX", () => {
  it.each(Object.entries(pairs))("%s with every dtype", (a, expected) => {
    const results = Object.keys(expected).map((b) => [
      b,
      core.promoteTypes(a as core.DType, b as core.DType),
    ]);
    expect(Object.fromEntries(results)).toEqual(expected);
    const added = Object.keys(expected).map((b) => [b, core.add(one(a), one(b)).dtype]);
    expect(Object.fromEntries(added)).toEqual(expected);
  });
});

describe("JavaScript constants adapt as Python's do in JAX", () => {
  it.each(Object.entries(scalars))("%s", (dtype, { boolean, integer, float }) => {
    expect(core.add(one(dtype), true).dtype).toBe(boolean);
    expect(core.add(1, one(dtype)).dtype).toBe(integer);
    expect(core.add(one(dtype), 1.5).dtype).toBe(float);
  });

  it("refuse what the dtype cannot hold", () => {
    expect(() => core.add(one("int32"), 2 ** 31)).toThrow(/2147483648 beside int32/);
    expect(() => core.add(one("uint32"), -1)).toThrow(core.ArgumentError);
    expect(core.add(one("int32"), Infinity).dtype).toBe("float32");
  });
});

const functions: Readonly<Record<string, (x: core.Tensor) => core.Tensor>> = {
  sum: (x) => core.sum(x),
  prod: (x) => core.prod(x),
  mean: (x) => core.mean(x),
  var: (x) => core.variance(x),
  max: (x) => core.max(x),
  exp: core.exp,
  sqrt: core.sqrt,
  abs: core.abs,
  square: core.square,
  divide: (x) => core.div(x, x),
  floorDivide: (x) => core.floorDivide(x, x),
  power: (x) => core.pow(x, x),
  equal: (x) => core.equal(x, x),
  atan2: (x) => core.atan2(x, x),
};

describe("results have the dtype they have in JAX", () => {
  it.each(Object.entries(functions))("%s", (name, fn) => {
    const expected = operations[name] ?? {};
    const accepted = Object.keys(expected).filter((dtype) => expected[dtype] !== null);
    const actual = accepted.map((dtype) => [dtype, fn(one(dtype)).dtype]);
    expect(Object.fromEntries(actual)).toEqual(
      Object.fromEntries(accepted.map((d) => [d, expected[d]])),
    );
  });
});
