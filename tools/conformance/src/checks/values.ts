import { type DType, fromData, isFloat, type Shape, type Tensor } from "@adjoint/core";
import * as tree from "@adjoint/core/tree";
import type { Arg, Case, Program } from "../row.ts";

/** A result on the host. */
export type Value = {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly data: ArrayLike<number>;
};

/** A check found a difference. */
export class ConformanceError extends Error {
  override readonly name = "ConformanceError";
}

/** Tensors of the arguments on the current backend; floats in `precision` when it is given. */
export const tensorsOf = (args: readonly Arg[], precision?: DType): readonly Tensor[] =>
  args.map(({ shape, dtype, data }) => {
    const own = dtype === "float32" ? (precision ?? dtype) : dtype;
    return fromData(Float64Array.from(data), shape, own);
  });

/** Tensors in a result, in order. */
export const leavesOf = (result: unknown): readonly Tensor[] =>
  tree.leaves(result as readonly Tensor[]) as never;

/** Calls a program with its arguments. */
export const call = (run: Program, xs: readonly Tensor[]): readonly Tensor[] =>
  leavesOf(run(...(xs as unknown as Parameters<Program>)));

/** Reads tensors of any backend without blocking. */
export const read = (leaves: readonly Tensor[]): Promise<readonly Value[]> =>
  Promise.all(leaves.map(async (x) => ({ shape: x.shape, dtype: x.dtype, data: await x.data() })));

/** How far numbers may be apart: relative to each, to the largest of the tensor, and at all. */
export type Tolerance = {
  readonly relative: number;
  readonly ofLargest: number;
  readonly absolute?: number;
};

const largest = (data: ArrayLike<number>): number => {
  let most = 0;
  for (let i = 0; i < data.length; i++) {
    const size = Math.abs(data[i] ?? 0);
    if (Number.isFinite(size) && size > most) most = size;
  }
  return most;
};

const close = (a: number, b: number, { relative }: Tolerance, slack: number): boolean =>
  a === b ||
  (Number.isNaN(a) && Number.isNaN(b)) ||
  Math.abs(a - b) <= relative * Math.abs(b) + slack;

/** Throws ConformanceError at the first place where two results differ. */
export const expectClose = (
  what: string,
  actual: readonly Value[],
  expected: readonly Value[],
  toleranceOf: (dtype: DType) => Tolerance,
): void => {
  const typeOf = (list: readonly Value[]): string =>
    list.map((v) => `${v.dtype}[${v.shape.join(",")}]`).join(" ");
  if (typeOf(actual) !== typeOf(expected))
    throw new ConformanceError(`${what}: got ${typeOf(actual)}, expected ${typeOf(expected)}`);
  expected.forEach((e, n) => {
    const a = actual[n]?.data ?? [];
    const tolerance = toleranceOf(e.dtype);
    const slack = tolerance.ofLargest * largest(e.data) + (tolerance.absolute ?? 0);
    for (let i = 0; i < e.data.length; i++) {
      const [x, y] = [a[i] ?? Number.NaN, e.data[i] ?? Number.NaN];
      if (a.length === e.data.length && close(x, y, tolerance, slack)) continue;
      throw new ConformanceError(
        `${what}: result ${n}, element ${i} is ${x}, expected ${y}\n  got      ${show(a)}\n  expected ${show(e.data)}`,
      );
    }
  });
};

const show = (data: ArrayLike<number>): string =>
  Array.from(data).slice(0, 16).join(", ") + (data.length > 16 ? ", ..." : "");

/** Same kernels in another order of evaluation: a few roundings. */
export const roundings = (dtype: DType): Tolerance => {
  if (!isFloat(dtype)) return { relative: 0, ofLargest: 0 };
  if (dtype === "float64") return { relative: 1e-12, ofLargest: 1e-13 };
  if (dtype === "float16") return { relative: 2e-3, ofLargest: 2e-3 };
  if (dtype === "bfloat16") return { relative: 1.6e-2, ofLargest: 1.6e-2 };
  return { relative: 1e-5, ofLargest: 1e-6 };
};

/** Whether every argument is finite, without which derivatives say nothing. */
export const isFinite = ({ args }: Case): boolean =>
  args.every(({ data }) => data.every(Number.isFinite));
