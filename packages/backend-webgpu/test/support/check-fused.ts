import {
  type DType,
  fromData,
  grad,
  isFloat,
  jit,
  referenceBackend,
  type Tensor,
  withBackend,
} from "@adjoint/core";
import type { Backend } from "@adjoint/core/backend";
import { expect } from "vitest";

/** An argument of a program: numbers of a dtype in a shape. */
export type Argument = {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
  readonly dtype?: DType;
};

/** A program whose results are compared. */
export type Program = (...xs: readonly Tensor[]) => readonly Tensor[];

const sizeOf = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);

/** Repeatable numbers between -2 and 2. */
export const noise = (count: number, seed = 1): Float64Array =>
  Float64Array.from({ length: count }, (_, i) => {
    const x = Math.sin((i + 1) * 12.9898 + seed * 78.233) * 43_758.5453;
    return (x - Math.floor(x)) * 4 - 2;
  });

/** A float32 argument of noise, times `scale`. */
export const floats = (shape: readonly number[], seed = 1, scale = 1): Argument => ({
  shape,
  data: noise(sizeOf(shape), seed).map((x) => x * scale),
});

/** An int32 argument of numbers from 0 to `below` - 1, in no order, some of them several times. */
export const indices = (shape: readonly number[], below: number, seed = 1): Argument => ({
  shape,
  dtype: "int32",
  data: noise(sizeOf(shape), seed).map((x) => Math.floor(((x + 2) / 4) * below)),
});

/** Results read to the host. */
type Value = { readonly type: string; readonly data: ArrayLike<number> };

/** The argument as a tensor on the current backend. */
export const tensorOf = ({ shape, data, dtype = "float32" }: Argument): Tensor =>
  fromData(Float64Array.from(data), shape, dtype);

const run = async (
  backend: Backend,
  args: readonly Argument[],
  program: Program,
): Promise<readonly Value[]> => {
  const results = withBackend(backend, () => program(...args.map(tensorOf)));
  return Promise.all(
    results.map(async (x) => ({ type: `${x.dtype}[${x.shape}]`, data: await x.data() })),
  );
};

/** Sum of all results with weights that no symmetry cancels. */
const weighted = (results: readonly Tensor[]): Tensor =>
  results
    .filter((x) => isFloat(x.dtype))
    .map((x, i) => x.mul(fromData(noise(x.size, 77 + i), x.shape, x.dtype)).sum())
    .reduce((total, x) => total.add(x));

/** A program with the gradients of its results with respect to its float arguments. */
const withGradients =
  (program: Program, args: readonly Argument[]): Program =>
  (...xs) => {
    const argnums = args.flatMap(({ dtype = "float32" }, i) => (isFloat(dtype) ? [i] : []));
    if (argnums.length === 0) return program(...xs);
    const slopes = grad((...ys: readonly Tensor[]) => weighted(program(...ys)), { argnums });
    return [...program(...xs), ...(slopes(...xs) as readonly Tensor[])];
  };

/** How far float32 results may be apart: relative to each number, to the largest of its tensor, and where terms cancel. */
export type Tolerance = {
  readonly relative: number;
  readonly ofLargest: number;
  readonly absolute?: number;
};

/** Some roundings of 6e-8 in each element, and as many of the largest term in each sum. */
export const roundings: Tolerance = { relative: 2e-5, ofLargest: 4e-6 };

const largest = (data: ArrayLike<number>): number =>
  Array.from(data).reduce((m, x) => (Number.isFinite(x) ? Math.max(m, Math.abs(x)) : m), 0);

const expectClose = (
  what: string,
  got: readonly Value[],
  want: readonly Value[],
  { relative, ofLargest, absolute = 0 }: Tolerance,
): void => {
  expect(
    got.map((v) => v.type),
    what,
  ).toEqual(want.map((v) => v.type));
  want.forEach(({ data, type }, n) => {
    const isExact = !type.startsWith("float");
    const slack = isExact ? 0 : ofLargest * largest(data) + absolute;
    for (let i = 0; i < data.length; i++) {
      const [x, y] = [got[n]?.data[i] ?? Number.NaN, data[i] ?? Number.NaN];
      const near = Math.abs(x - y) <= (isExact ? 0 : relative * Math.abs(y)) + slack;
      if (!near && x !== y && !(Number.isNaN(x) && Number.isNaN(y)))
        expect.fail(`${what}: element ${i} of result ${n}, ${type}, is ${x}, wanted ${y}`);
    }
  });
};

/** How a program is compared. */
export type CheckOptions = { readonly gradients?: boolean; readonly tolerance?: Tolerance };

/**
 * A program as one jit, the same operations called one by one on the same backend, and on the reference backend: values and
 * gradients are equal up to roundings, integers and booleans exactly.
 */
export const checkFused = async (
  backend: Backend,
  args: readonly Argument[],
  program: Program,
  { gradients = true, tolerance = roundings }: CheckOptions = {},
): Promise<void> => {
  const full = gradients ? withGradients(program, args) : program;
  const compiled = jit((...xs: readonly Tensor[]) => full(...xs)) as unknown as Program;
  const fused = await run(backend, args, compiled);
  const apart = await run(backend, args, full);
  const reference = await run(referenceBackend, args, full);
  expectClose("jit against reference", fused, reference, tolerance);
  expectClose("one by one against reference", apart, reference, tolerance);
};
