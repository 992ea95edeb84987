import { arange, type DType, grad, isFloat, type Tensor } from "@adjoint/core";
import * as tree from "@adjoint/core/tree";
import type { Case } from "../row.ts";
import {
  call,
  ConformanceError,
  expectClose,
  read,
  tensorsOf,
  type Tolerance,
  type Value,
} from "./values.ts";

/** JAX computes in the dtype itself; the reference in double, rounded after each operation. */
const jaxTolerance = (dtype: DType): Tolerance => {
  if (!isFloat(dtype)) return { relative: 0, ofLargest: 0 };
  if (dtype === "float16") return { relative: 2e-3, ofLargest: 2e-4 };
  if (dtype === "bfloat16") return { relative: 1.6e-2, ofLargest: 1.6e-3 };
  return { relative: 1e-5, ofLargest: 2e-6 };
};

/** JAX differentiates in float32: slopes that are zero come out as noise of 1e-9. */
const gradientTolerance = (): Tolerance => ({ relative: 2e-5, ofLargest: 5e-6, absolute: 1e-8 });

/** sum(y * cos(0, 1, 2, ...)) over the float results: the scalar whose gradients the fixtures hold. */
const weighted = (ys: readonly Tensor[]): Tensor =>
  ys
    .filter((y) => isFloat(y.dtype))
    .map((y) => y.mul(arange(0, y.size, { dtype: y.dtype }).cos().reshape(y.shape)).sum())
    .reduce((a, b) => a.add(b));

/** Gradients of the weighted sum in the arguments that JAX has gradients for. */
export const referenceGradients = (c: Case, xs: readonly Tensor[]): readonly Tensor[] => {
  const argnums = (c.reference?.grads ?? []).flatMap((g, i) => (g === null ? [] : [i]));
  if (argnums.length === 0) return [];
  const loss = (...args: readonly Tensor[]): Tensor => weighted(call(c.run, args));
  return grad(loss, { argnums })(...xs);
};

const checkReference = async (
  c: Case,
  xs: readonly Tensor[],
  ys: readonly Tensor[],
): Promise<void> => {
  if (c.reference === undefined) return;
  const { out, grads } = c.reference;
  expectClose("value against JAX", await read(ys), out, jaxTolerance);
  const got = await read(referenceGradients(c, xs));
  const wanted = grads.flatMap((data, i): readonly Value[] => {
    const arg = c.args[i];
    return data === null || arg === undefined ? [] : [{ ...arg, data }];
  });
  expectClose("gradient against JAX", got, wanted, gradientTolerance);
};

const flatNumbers = (value: unknown): readonly number[] =>
  Array.isArray(value) ? value.flatMap(flatNumbers) : [Number(value)];

const checkExpected = async ({ expected }: Case, ys: readonly Tensor[]): Promise<void> => {
  if (expected === undefined) return;
  const values = await read(ys);
  const wanted =
    values.length === 1 ? [expected] : tree.leaves([expected as never]).map((v) => [v]);
  const got = values.flatMap((v) => Array.from(v.data));
  const numbers = wanted.flatMap(flatNumbers);
  const place = numbers.findIndex((n, i) => !Object.is(n, got[i]));
  if (got.length !== numbers.length || place !== -1)
    throw new ConformanceError(`expected ${numbers.join(", ")}, got ${got.join(", ")}`);
};

/** Values that are written in the table, or come from JAX. */
export const checkExpectations = async (c: Case): Promise<void> => {
  if (c.reference === undefined && c.expected === undefined) return;
  const xs = tensorsOf(c.args);
  const ys = call(c.run, xs);
  await checkExpected(c, ys);
  await checkReference(c, xs, ys);
};
