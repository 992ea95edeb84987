import { ArgumentError } from "../errors.ts";
import type { Axis, ReduceOptions } from "../methods.ts";
import type { Tensor, TensorLike } from "../tensor.ts";
import { floatOf } from "./operand.ts";

/** Settings of `norm`. */
export type NormOptions = ReduceOptions & {
  /** Axes whose elements form the vectors; all when absent. */
  readonly axis?: Axis;
  /** Order: 2 or "fro" (default), 1, Infinity, -Infinity, 0 (how many are not zero) or another number. */
  readonly ord?: number | "fro";
};

/** (sum |x|^p)^(1/p); a sum of zero stays zero without reaching the root, whose slope there is infinite. */
const powerNorm = (
  x: Tensor,
  p: number,
  axis: Axis | undefined,
  options: ReduceOptions,
): Tensor => {
  const total = (p === 2 ? x.mul(x) : x.abs().pow(p)).sum(axis, options);
  const empty = total.equal(0);
  const safe = empty.where(1, total);
  return empty.where(0, p === 2 ? safe.sqrt() : safe.pow(1 / p));
};

/**
 * Norm of the elements along `axis` (all when absent) as one vector, so the default is the Frobenius norm of a matrix.
 * At zero the gradient is 0. Throws ArgumentError for an order that is not a number or "fro".
 *
 * ```ts doctest
 * import { norm, tensor } from "@adjoint/core";
 * await norm(tensor([[3, 4], [0, 0]])).item(); // => 5
 * await norm(tensor([[3, 4], [0, -1]]), { axis: 1, ord: 1 }).toArray(); // => [7, 1]
 * ```
 */
export const norm = (x: TensorLike, options: NormOptions = {}): Tensor => {
  const t = floatOf(x);
  const { axis, ord = 2, ...rest } = options;
  if (ord === "fro") return powerNorm(t, 2, axis, rest);
  if (Number.isNaN(ord))
    throw new ArgumentError({
      operation: "norm",
      rule: 'ord must be a number or "fro"',
      got: `${ord}`,
    });
  if (ord === Number.POSITIVE_INFINITY) return t.abs().max(axis, rest);
  if (ord === Number.NEGATIVE_INFINITY) return t.abs().min(axis, rest);
  if (ord === 0) return t.notEqual(0).cast(t.dtype).sum(axis, rest);
  return ord === 1 ? t.abs().sum(axis, rest) : powerNorm(t, ord, axis, rest);
};
