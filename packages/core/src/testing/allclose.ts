import { AdjointError } from "../errors.ts";
import { at, type HostArray } from "../host-array.ts";
import { formatShape, sameShape } from "../shape.ts";
import { leafToTensor } from "../internal/leaf-to-tensor.ts";
import { Tensor } from "../tensor.ts";
import { flatten, leafPaths, structureMismatch } from "../tree/structure.ts";

/** How far two values may be apart: `|a - b| <= atol + rtol * |b|`. */
export type Tolerance = { readonly rtol?: number; readonly atol?: number };

/** Two trees of tensors are not as close as they should be. */
export class NotCloseError extends AdjointError {
  override readonly name = "NotCloseError";
}

const isClose = (a: number, b: number, rtol: number, atol: number): boolean =>
  Object.is(a, b) ||
  a === b ||
  (Number.isNaN(a) && Number.isNaN(b)) ||
  Math.abs(a - b) <= atol + rtol * Math.abs(b);

const compare = (
  actual: HostArray,
  expected: HostArray,
  { rtol = 1e-5, atol = 1e-8 }: Tolerance,
  path: string,
): void => {
  const where = path === "" ? "" : ` at ${path}`;
  if (!sameShape(actual.shape, expected.shape))
    throw new NotCloseError({
      operation: "allclose",
      rule: `shapes must be equal${where}`,
      got: `${formatShape(actual.shape)} and ${formatShape(expected.shape)}`,
    });
  for (let i = 0; i < expected.data.length; i++) {
    const [a, b] = [at(actual.data, i), at(expected.data, i)];
    if (isClose(a, b, rtol, atol)) continue;
    throw new NotCloseError({
      operation: "allclose",
      rule: `values must agree within rtol ${rtol}, atol ${atol}${where}`,
      got: `${a} for ${b} at element ${i}`,
    });
  }
};

/**
 * Throws NotCloseError unless two trees of tensors or numbers have the same structure, shapes and close values
 * (NaN equals NaN). Reads asynchronously, so it works on every backend.
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { assertAllclose } from "@adjoint/core/testing";
 * await assertAllclose({ w: tensor([1, 2]) }, { w: tensor([1, 2.000001]) });
 * ```
 */
export const assertAllclose = async (
  actual: unknown,
  expected: unknown,
  tolerance: Tolerance = {},
): Promise<void> => {
  const [a, b] = [flatten(actual), flatten(expected)];
  const mismatch = structureMismatch("allclose", b.structure, a.structure);
  if (mismatch) throw mismatch;
  const names = leafPaths(b.structure);
  for (const [i, leaf] of b.leaves.entries()) {
    const [x, y] = [a.leaves[i], leaf].map((v) => leafToTensor("allclose", v, names[i] ?? ""));
    if (x instanceof Tensor && y instanceof Tensor)
      compare(await x.buffer.read(), await y.buffer.read(), tolerance, names[i] ?? "");
  }
};
