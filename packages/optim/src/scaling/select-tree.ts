import { type Tensor, where } from "@adjoint/core";
import { mapTensors } from "../internal/map-tensors.ts";

/**
 * One of two trees of tensors as a whole: `first` where the bool scalar `condition` is true, else `second`. Nothing is
 * read, so a compiled step can take a whole update back. Throws TreeError when the trees differ in structure.
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { selectTree } from "@adjoint/optim";
 * const [before, after] = [{ w: tensor([1]) }, { w: tensor([2]) }];
 * await selectTree(tensor(false), after, before).w.toArray(); // => [1]
 * ```
 */
export const selectTree = <T>(condition: Tensor, first: T, second: T): T =>
  mapTensors((x, y) => where(condition, x, y), first, second);
