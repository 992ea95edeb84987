import { asTensor, isTensor, sqrt, type Tensor } from "@adjoint/core";
import { leaves } from "@adjoint/core/tree";
import { scalarDType } from "../internal/scalars.ts";

/**
 * Euclidean norm of all leaves of a tree together, in float32 at least.
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { globalNorm } from "@adjoint/optim";
 * await globalNorm({ a: tensor([3, 0]), b: tensor([4]) }).item(); // => 5
 * ```
 */
export const globalNorm = (tree: unknown): Tensor => {
  const dtype = scalarDType(tree);
  const all: readonly unknown[] = leaves(tree);
  const squares = all.filter(isTensor).map((x) => {
    const wide = x.cast(dtype);
    return wide.mul(wide).sum();
  });
  return sqrt(squares.reduce((total, x) => total.add(x), asTensor(0, dtype)));
};
