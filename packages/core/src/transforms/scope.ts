import { runScope } from "../backend/scope.ts";
import { Tensor } from "../tensor.ts";
import { flatten } from "../tree/structure.ts";

/**
 * Runs `fn` and frees every tensor made in it that its result does not contain. Transforms do this themselves;
 * use it around eager code that makes many tensors. `fn` must not be asynchronous.
 *
 * ```ts doctest
 * import { memory, scope, zeros } from "@adjoint/core";
 * const before = memory().tensors;
 * const y = scope(() => zeros([8]).add(1).add(2));
 * memory().tensors - before; // => 1
 * ```
 */
export const scope = <R>(fn: () => R): R =>
  runScope(fn, (result) => flatten(result).leaves.filter((leaf) => leaf instanceof Tensor));
