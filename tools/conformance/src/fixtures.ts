import { isTensor, type DType, type Tensor } from "@adjoint/core";
import fixtures from "../../../packages/core/test/fixtures/ops.json" with { type: "json" };
import { type FixtureCall, fixtureCalls } from "./fixture-calls.ts";
import type { Arg, Case, Program, Reference, Row } from "./row.ts";

type Scalar = number | boolean | string;
type Packed = {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly data: readonly Scalar[];
};
type Value = Packed | Scalar | null | readonly Value[];
type Gradient = readonly Scalar[] | readonly (readonly Scalar[])[] | null;
type FixtureRow = {
  readonly op: string;
  readonly args: readonly Value[];
  readonly options: Readonly<Record<string, Value>>;
  readonly out: Packed | readonly Packed[];
  readonly grads?: readonly Gradient[];
  readonly note?: string;
};

/** Every row that JAX made, as the file has them. */
export const jaxCases: readonly FixtureRow[] = (
  fixtures as unknown as { readonly cases: readonly FixtureRow[] }
).cases;

const isPacked = (value: Value): value is Packed =>
  typeof value === "object" && value !== null && "data" in value;
const isList = (value: Value): value is readonly Value[] => Array.isArray(value);

const argOf = ({ shape, dtype, data }: Packed): Arg => ({ shape, dtype, data: data.map(Number) });

const packedIn = (value: Value): readonly Packed[] =>
  isPacked(value) ? [value] : isList(value) ? value.flatMap(packedIn) : [];

const constant = (value: Value): unknown =>
  value === "NaN" || value === "Infinity" || value === "-Infinity" ? Number(value) : value;

/** Puts tensors where the fixture has arrays. */
const filled = (value: Value, next: Iterator<Tensor, unknown>): unknown => {
  if (isPacked(value)) return next.next().value;
  return isList(value) ? value.map((v) => filled(v, next)) : constant(value);
};

const isGradientList = (g: Gradient): g is readonly (readonly Scalar[])[] =>
  g !== null && Array.isArray(g[0]);

const numbersOf = (data: readonly Scalar[]): readonly number[] => data.map(Number);

/** One entry per array; an argument that is a list has a list of gradients. */
const gradientsOf = ({ args, grads }: FixtureRow): Reference["grads"] =>
  args.flatMap((arg, i) => {
    const g = grads?.[i] ?? null;
    const count = packedIn(arg).length;
    if (g === null) return Array.from({ length: count }, () => null);
    return isGradientList(g) && isList(arg)
      ? g.map(numbersOf)
      : [numbersOf(g as readonly Scalar[])];
  });

/**
 * JAX drops the gradient of reads that it clamped into range; here it goes to the place that was read, which is what
 * finite differences say.
 */
const clampedReads = "out of range: clamped";

const programOf =
  (row: FixtureRow, call: FixtureCall): Program =>
  (...xs) => {
    const next = (xs as readonly Tensor[])[Symbol.iterator]();
    const args = row.args.map((a) => filled(a, next as Iterator<Tensor, unknown>));
    const options = Object.fromEntries(
      Object.entries(row.options).map(([k, v]) => [k, filled(v, [][Symbol.iterator]())]),
    );
    const result = call(args as never, options as never);
    return isTensor(result) ? [result] : result;
  };

const solvers = ["cholesky", "triangularSolve", "qr", "solve", "inv", "det"];

const caseOf = (row: FixtureRow, index: number, call: FixtureCall): Case => {
  const grads = gradientsOf(row);
  return {
    label: `JAX ${index} ${JSON.stringify(row.options)} ${row.note ?? ""}`.trim(),
    args: row.args.flatMap(packedIn).map(argOf),
    run: programOf(row, call),
    vary: solvers.includes(row.op) || row.op === "searchsorted" ? "scale" : "rotate",
    reference: {
      out: [row.out].flat().map((o) => argOf(o)),
      grads: row.note === clampedReads ? grads.map(() => null) : grads,
    },
    ...(solvers.includes(row.op)
      ? { tolerance: { value: 3e-4, why: "solving multiplies rounding by the condition number" } }
      : {}),
  };
};

/** The cases of JAX as rows of the table: one row per operation. */
export const fixtureRows: readonly Row[] = [...new Set(jaxCases.map((c) => c.op))].map((op) => {
  const call = fixtureCalls[op];
  if (call === undefined)
    throw new Error(`the fixture operation ${op} has no call in fixture-calls.ts`);
  const own = jaxCases.filter((c) => c.op === op);
  return {
    name: `${op} of JAX`,
    functions: [],
    primitives: [],
    cases: own.map((c, i) => caseOf(c, i, call)),
  };
});
