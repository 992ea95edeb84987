import { createOnnxBackend } from "@adjoint/backend-onnx";
import { inputsOf, lossFunction, runSteps, smoothProgram } from "@adjoint/conformance/programs";
import { grad, jit, referenceBackend, scope, type Tensor, vmap, withBackend } from "@adjoint/core";
import type { Backend } from "@adjoint/core/backend";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

// Whole random programs: what the passes fold, merge and fuse together, single operations do not show.
// The seed is fixed so that a failure repeats; fast-check prints it with the smallest failing program.
const seed = 20_262;
const onnx = await createOnnxBackend({ eagerHostLimit: 0 });

type Leaves = readonly Tensor[];
type Flat = (...xs: Leaves) => Leaves;

const every = [0, 1, 2, 3] as const;

const numbersOn = (backend: Backend, f: Flat, xs: Leaves): readonly number[] =>
  withBackend(backend, () =>
    scope(() => (jit(f)(...xs) as unknown as Leaves).flatMap((y) => [...y.dataSync()])),
  );

/** float32 in programs of 30 operations whose slopes are moderate: some hundred roundings of 6e-8. */
const same = (f: Flat, xs: Leaves): void => {
  const expected = numbersOn(referenceBackend, f, xs);
  const actual = numbersOn(onnx, f, xs);
  expect(actual.length).toBe(expected.length);
  const scale = 1 + Math.max(0, ...expected.map(Math.abs));
  const worst = Math.max(0, ...actual.map((x, i) => Math.abs(x - (expected[i] as number)))) / scale;
  expect(worst).toBeLessThan(1e-4);
};

const holds = (
  numRuns: number,
  make: (program: Parameters<typeof lossFunction>[0]) => Flat,
): void =>
  fc.assert(
    fc.property(smoothProgram, inputsOf("float32"), (program, xs) => same(make(program), xs)),
    { seed, numRuns, includeErrorInReport: true },
  );

describe(`random programs on ONNX Runtime (seed ${seed})`, () => {
  it("give every value that the reference gives", () =>
    holds(
      120,
      (program) =>
        (...xs) =>
          runSteps(program, xs),
    ));
  it("and every gradient", () =>
    holds(
      120,
      (program) =>
        (...xs) =>
          grad(lossFunction(program), { argnums: every })(...xs),
    ));
  it("and gradients of a batch", () =>
    holds(60, (program) => (...xs) => {
      const batch = xs.map((x) => x.expandDims(0).broadcastTo([2, ...x.shape]));
      return vmap(grad(lossFunction(program), { argnums: every }))(...batch);
    }));
});
