import {
  anyProgram,
  inputsOf,
  lossFunction,
  type RandomProgram,
  runSteps,
  smoothProgram,
} from "@adjoint/conformance/programs";
import { grad, jit, referenceBackend, scope, type Tensor, vmap, withBackend } from "@adjoint/core";
import type { Backend } from "@adjoint/core/backend";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { type Argument, tensorOf } from "./support/check-fused.ts";
import { softwareBackend } from "./support/software-backend.ts";

// Whole random programs: what is fused, put into groups and given one memory, single operations do not show.
// The seed is fixed so that a failure repeats; fast-check prints it with the smallest failing program.
const seed = 20_262;
const timeout = 240_000; // a software adapter takes a second to compile the shaders of one program
const backend = await softwareBackend();
afterAll(() => backend.dispose());

type Leaves = readonly Tensor[];
type Flat = (...xs: Leaves) => Leaves;

const every = [0, 1, 2, 3] as const;

const numbersOn = async (
  on: Backend,
  f: Flat,
  inputs: readonly Argument[],
): Promise<readonly number[]> => {
  const results = withBackend(on, () =>
    scope(() => jit(f)(...inputs.map(tensorOf)) as unknown as Leaves),
  );
  const data = await Promise.all(results.map((y) => y.data()));
  for (const y of results) y.dispose();
  return data.flatMap((numbers) => [...numbers]);
};

/** float32 in programs of 30 operations whose slopes are moderate: some hundred roundings of 6e-8. */
const same = async (f: Flat, xs: Leaves): Promise<void> => {
  const inputs = xs.map((x) => ({ shape: x.shape, data: x.dataSync() }));
  const expected = await numbersOn(referenceBackend, f, inputs);
  const actual = await numbersOn(backend, f, inputs);
  expect(actual.length).toBe(expected.length);
  const scale = 1 + Math.max(0, ...expected.map(Math.abs));
  const worst = Math.max(0, ...actual.map((x, i) => Math.abs(x - (expected[i] as number)))) / scale;
  expect(worst).toBeLessThan(1e-4);
};

const holds = (
  numRuns: number,
  programs: typeof smoothProgram,
  make: (program: RandomProgram) => Flat,
): Promise<void> =>
  fc.assert(
    fc.asyncProperty(programs, inputsOf("float32"), (program, xs) => same(make(program), xs)),
    { seed, numRuns, includeErrorInReport: true },
  );

describe(`random programs (seed ${seed})`, () => {
  it("give every value that the reference gives", { timeout }, () =>
    holds(
      30,
      anyProgram,
      (program) =>
        (...xs) =>
          runSteps(program, xs),
    ),
  );
  it("and every gradient", { timeout }, () =>
    holds(
      20,
      smoothProgram,
      (program) =>
        (...xs) =>
          grad(lossFunction(program), { argnums: every })(...xs),
    ),
  );
  it("and gradients of a batch", { timeout }, () =>
    holds(10, smoothProgram, (program) => (...xs) => {
      const batch = xs.map((x) => x.expandDims(0).broadcastTo([2, ...x.shape]));
      return vmap(grad(lossFunction(program), { argnums: every }))(...batch);
    }),
  );
});
