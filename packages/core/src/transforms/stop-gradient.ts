import { rebuild } from "../internal/typed.ts";
import { only } from "../primitives/primitive.ts";
import { stopGradientP } from "../primitives/unary.ts";
import { apply } from "../tensor.ts";
import type { TensorTree } from "../tree/types.ts";
import { flattenTensors } from "./trace-function.ts";

/**
 * The same values with derivatives of zero, for every leaf of a tree.
 *
 * ```ts doctest
 * import { grad, stopGradient, tensor } from "@adjoint/core";
 * const f = (x: ReturnType<typeof tensor>) => x.mul(stopGradient(x));
 * await grad(f)(tensor(3)).item(); // => 3
 * ```
 */
export const stopGradient = <T>(tree: T): TensorTree<T> => {
  const flat = flattenTensors("stopGradient", tree);
  return rebuild<T>(
    flat.structure,
    flat.leaves.map((x) => only(apply(stopGradientP, [x], {}))),
  );
};
