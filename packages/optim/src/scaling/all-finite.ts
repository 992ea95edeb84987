import { asTensor, isTensor, isfinite, logicalAnd, type Tensor } from "@adjoint/core";
import { leaves } from "@adjoint/core/tree";

/**
 * Whether every element of every leaf of a tree is finite, a bool scalar: true for a tree without tensors.
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { allFinite } from "@adjoint/optim";
 * await allFinite({ a: tensor([1, 2]), b: tensor(3) }).item(); // => true
 * await allFinite({ a: tensor([1, Infinity]), b: tensor(3) }).item(); // => false
 * ```
 */
export const allFinite = (tree: unknown): Tensor => {
  const all: readonly unknown[] = leaves(tree);
  const each = all.filter(isTensor).map((x) => isfinite(x).all());
  return each.reduce((so, finite) => logicalAnd(so, finite), asTensor(true));
};
