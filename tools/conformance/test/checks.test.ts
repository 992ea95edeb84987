import { customJvp, exp, referenceBackend, sin, tensor, type Tensor } from "@adjoint/core";
import type { Backend, Primitive } from "@adjoint/core/backend";
import { describe, expect, it } from "vitest";
import { checkBatching } from "../src/checks/batching.ts";
import { checkCompiling } from "../src/checks/compiling.ts";
import { checkDerivatives } from "../src/checks/derivatives.ts";
import { checkExpectations } from "../src/checks/expected.ts";
import { checkOnBackend } from "../src/checks/on-backend.ts";
import { checkPrecision } from "../src/checks/precision.ts";
import { floats } from "../src/data.ts";
import { example, type Program } from "../src/row.ts";

// The checks of the table must be able to fail.

const of = (run: Program) => example("broken", [floats([3])], run);

const wrongSlope = customJvp(
  (x: Tensor) => x.sin(),
  ([x], [t]) => [x.sin(), t.mul(x.cos()).mul(1.001)] as const,
);
const wrongSecondSlope = customJvp(
  (x: Tensor) => x.sin(),
  ([x], [t]) => [x.sin(), t.mul(tensor([0.9, 0.9, 0.9], { dtype: x.dtype }))] as const,
);

describe("a wrong derivative", () => {
  it("of the first order is seen", () =>
    expect(checkDerivatives(of(wrongSlope))).rejects.toThrow("allclose"));
  it("of the second order is seen", () =>
    expect(checkDerivatives(of((x) => wrongSecondSlope(x)))).rejects.toThrow("allclose"));
});

describe("a program that depends on more than its arguments", () => {
  it("differs from its compiled form", async () => {
    let calls = 0;
    await expect(checkCompiling(of((x) => x.mul(++calls)))).rejects.toThrow("jit");
  });
  it("differs from its batch", async () => {
    let calls = 0;
    await expect(checkBatching(of((x) => x.mul(++calls)))).rejects.toThrow("vmap");
  });
});

it("a wrong expected value is seen", () =>
  expect(
    checkExpectations(example("broken", [floats([1])], sin, { expected: [5] })),
  ).rejects.toThrow("expected"));

it("a result of the wrong precision is seen", () =>
  expect(
    checkPrecision(
      of((x) => x.mul(x.dtype === "float16" ? 1.1 : 1)),
      "float16",
    ),
  ).rejects.toThrow("float16"));

/** The reference backend with an exponential that is off by a hundredth of a percent. */
const imprecise: Backend = {
  ...referenceBackend,
  name: "imprecise",
  execute: (primitive: Primitive, inputs, params) =>
    referenceBackend.execute(
      primitive.name !== "exp"
        ? primitive
        : {
            ...primitive,
            evaluate: (xs, p) =>
              primitive
                .evaluate(xs, p)
                .map((y) => ({ ...y, data: y.data.map((v: number) => v * 1.0001) as never })),
          },
      inputs,
      params,
    ),
};

it("a backend that is off is seen", async () => {
  await expect(checkOnBackend(imprecise, of(exp))).rejects.toThrow("eager on imprecise");
  await expect(checkOnBackend(imprecise, of(sin))).resolves.toBeUndefined();
});
