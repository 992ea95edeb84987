import { memory } from "../backend/memory.ts";
import { AdjointError } from "../errors.ts";
import { Tensor } from "../tensor.ts";
import { flatten } from "../tree/structure.ts";

/** A function left more tensors behind than it returned. */
export class LeakError extends AdjointError {
  override readonly name = "LeakError";
}

/**
 * Runs `fn` and throws LeakError when tensors made in it stay alive apart from those in its result.
 * Counts tensors on every backend; values that JavaScript constants became are not counted.
 *
 * ```ts doctest
 * import { grad, tensor, type Tensor } from "@adjoint/core";
 * import { expectNoLeak } from "@adjoint/core/testing";
 * const x = tensor([1, 2]);
 * const g = expectNoLeak(() => grad((v: Tensor) => v.sin().mul(v).sum())(x));
 * g.shape; // => [2]
 * ```
 */
export const expectNoLeak = <R>(fn: () => R): R => {
  const before = memory().tensors;
  const result = fn();
  const kept = new Set(flatten(result).leaves.filter((leaf) => leaf instanceof Tensor)).size;
  const left = memory().tensors - before - kept;
  if (left <= 0) return result;
  throw new LeakError({
    operation: "expectNoLeak",
    rule: "every tensor made must be in the result or disposed",
    got: `${left} more`,
    fix: "wrap the code in scope(), or dispose of what is not returned",
  });
};
