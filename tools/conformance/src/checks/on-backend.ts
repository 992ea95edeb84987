import { type Backend } from "@adjoint/core/backend";
import {
  type DType,
  isFloat,
  jit,
  memory,
  referenceBackend,
  type Tensor,
  withBackend,
} from "@adjoint/core";
import type { Case } from "../row.ts";
import { withDerivatives } from "./compiling.ts";
import { orderOf } from "./derivatives.ts";
import { referenceGradients } from "./expected.ts";
import {
  call,
  ConformanceError,
  expectClose,
  isFinite,
  read,
  tensorsOf,
  type Tolerance,
  type Value,
} from "./values.ts";

type Flat = (...xs: readonly Tensor[]) => readonly Tensor[];

/**
 * float32 kernels differ from the reference (double, rounded after each operation) by a few units in the last place
 * of each operation (2^-24 = 6e-8), sums by a few of the largest term: 2e-5 relative and 4e-6 of the largest element
 * leave room for the longest programs of the table. Half precisions: a unit in the last place, 2^-10 and 2^-7.
 */
const backendTolerance =
  (c: Case) =>
  (dtype: DType): Tolerance => {
    if (!isFloat(dtype)) return { relative: 0, ofLargest: 0 };
    if (dtype === "float16") return { relative: 4e-3, ofLargest: 2e-3 };
    if (dtype === "bfloat16") return { relative: 3.2e-2, ofLargest: 1.6e-2 };
    if (dtype === "float64") return { relative: 1e-9, ofLargest: 1e-10 };
    const relative = c.tolerance?.value ?? 2e-5;
    return { relative, ofLargest: relative / 5 };
  };

const runOn = async (
  backend: Backend,
  c: Case,
  make: () => Flat,
  precision?: DType,
): Promise<readonly Value[]> => {
  const { results, args } = withBackend(backend, () => {
    const args = tensorsOf(c.args, precision);
    return { args, results: make()(...args) };
  });
  const values = await read(results);
  for (const x of [...args, ...results]) x.dispose();
  return values;
};

/** The program with the derivatives that the case has, fixture gradients included. */
const fullProgram = (c: Case): Flat => {
  const order = isFinite(c) ? orderOf(c) : 0;
  const program = withDerivatives(c, order);
  return (...xs) => [...program(...xs), ...referenceGradients(c, xs)];
};

/** A second compiled run leaves nothing behind on the backend. */
const checkNoGrowth = async (backend: Backend, c: Case): Promise<void> => {
  const compiled = jit((...xs: readonly Tensor[]) => call(c.run, xs));
  const alive = (): number => memory().backends[backend.name]?.tensors ?? 0;
  await runOn(backend, c, () => compiled);
  const before = alive();
  await runOn(backend, c, () => compiled);
  if (alive() > before)
    throw new ConformanceError(
      `a compiled call left ${alive() - before} tensors on ${backend.name}`,
    );
};

/** Value, first and second derivative equal the reference, called operation by operation and compiled. */
export const checkOnBackend = async (
  backend: Backend,
  c: Case,
  precision?: DType,
): Promise<void> => {
  const program =
    precision === undefined ? fullProgram(c) : (...xs: readonly Tensor[]) => call(c.run, xs);
  const expected = await runOn(referenceBackend, c, () => program, precision);
  const tolerance = backendTolerance(c);
  const compiled = await runOn(
    backend,
    c,
    () => jit<readonly Tensor[], readonly Tensor[]>(program),
    precision,
  );
  expectClose(`jit on ${backend.name}`, compiled, expected, tolerance);
  const eager = await runOn(backend, c, () => program, precision);
  expectClose(`eager on ${backend.name}`, eager, expected, tolerance);
  if (precision === undefined) await checkNoGrowth(backend, c);
};
