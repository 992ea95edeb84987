import type { DType } from "@adjoint/core";
import type { Backend } from "@adjoint/core/backend";
import { checkBatching } from "./checks/batching.ts";
import { checkCompiling, checkLeaks } from "./checks/compiling.ts";
import { checkDerivatives } from "./checks/derivatives.ts";
import { checkExpectations } from "./checks/expected.ts";
import { checkOnBackend } from "./checks/on-backend.ts";
import { checkPrecision } from "./checks/precision.ts";
import type { Case, Row } from "./row.ts";

/** The two functions of a test runner that the suites need. */
export type Suite = {
  readonly describe: (name: string, body: () => void) => void;
  readonly it: ((name: string, test: () => Promise<void>) => void) & {
    readonly skip: (name: string, test: () => Promise<void>) => void;
  };
};

/** Precisions in which the first case of each row runs again. */
const precisions: readonly DType[] = ["float16", "bfloat16"];

const hasFloat32 = (c: Case): boolean => c.args.some((a) => a.dtype === "float32");

const swept = (c: Case, index: number): boolean =>
  index === 0 && hasFloat32(c) && c.reference === undefined && c.notInHalves === undefined;

/** Registers every check of every row on the reference backend: values, derivatives, vmap, jit, precisions, leaks. */
export const runReferenceSuite = (rows: readonly Row[], { describe, it }: Suite): void => {
  for (const row of rows)
    describe(row.name, () => {
      for (const [index, c] of row.cases.entries()) {
        if (c.expected !== undefined || c.reference !== undefined)
          it(`${c.label}: value`, () => checkExpectations(c));
        it(`${c.label}: derivatives`, () => checkDerivatives(c));
        it(`${c.label}: vmap`, () => checkBatching(c));
        it(`${c.label}: jit`, () => checkCompiling(c));
        it(`${c.label}: leaks`, async () => checkLeaks(c));
        if (!swept(c, index)) continue;
        for (const dtype of precisions) it(`${c.label}: ${dtype}`, () => checkPrecision(c, dtype));
      }
    });
};

/** What a backend cannot do, and which cases it is excused from. */
export type BackendOptions = {
  /** Whether float64 is among its dtypes; only the reference backend must have it. */
  readonly float64?: boolean;
  /** Reasons by `row: label` (or `row` for all its cases) for cases that do not hold; shown in the test's name. */
  readonly except?: Readonly<Record<string, string>>;
};

/**
 * Registers every case of every row against the reference: value, first and second derivative, eager and compiled,
 * and no growth of memory. Reads asynchronously only, so it runs in Node and in browsers.
 */
export const runConformance = (
  rows: readonly Row[],
  backend: Backend,
  { describe, it }: Suite,
  { float64 = false, except = {} }: BackendOptions = {},
): void => {
  for (const row of rows)
    describe(`${backend.name}: ${row.name}`, () => {
      for (const [index, c] of row.cases.entries()) {
        if (!float64 && c.args.some((a) => a.dtype === "float64")) continue;
        const excuse = except[`${row.name}: ${c.label}`] ?? except[row.name];
        if (excuse !== undefined) {
          it.skip(`${c.label}: ${excuse}`, () => checkOnBackend(backend, c));
          continue;
        }
        it(c.label, () => checkOnBackend(backend, c));
        if (!swept(c, index)) continue;
        for (const dtype of precisions)
          it(`${c.label} in ${dtype}`, () => checkOnBackend(backend, c, dtype));
      }
    });
};
