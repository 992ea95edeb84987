import { ArgumentError, type Tensor } from "@adjoint/core";
import { breather } from "./internal/event-loop.ts";
import type { Batch } from "./windows.ts";

/** Number of targets that count: those that are not negative. */
const countTargets = async ({ targets }: Batch): Promise<number> => {
  let count = 0;
  for (const target of await targets.data()) if (target >= 0) count++;
  return count;
};

/**
 * Mean loss over batches of different fill: each batch's mean weighs as much as it has targets. Batches are taken one
 * by one, so they may be made as they are needed. Rejects with ArgumentError when there is no target at all.
 *
 * ```ts doctest
 * import { fromData, tensor } from "@adjoint/core";
 * import { evaluateLoss } from "@adjoint/recipes";
 * const batch = (targets: number[]) => ({
 *   inputs: fromData(Int32Array.from(targets), [1, 2]),
 *   targets: fromData(Int32Array.from(targets), [1, 2]),
 * });
 * // a "loss" of 1 for the batch of two targets and 4 for the batch of one
 * const losses = [tensor(1), tensor(4)];
 * await evaluateLoss(() => losses.shift() ?? tensor(0), [batch([3, 5]), batch([7, -1])]); // => 2
 * ```
 */
export const evaluateLoss = async (
  loss: (batch: Batch) => Tensor,
  batches: Iterable<Batch>,
): Promise<number> => {
  const breathe = breather();
  let [sum, count] = [0, 0];
  for (const batch of batches) {
    const n = await countTargets(batch);
    if (n === 0) continue;
    sum += n * Number(await loss(batch).item());
    count += n;
    await breathe();
  }
  if (count === 0)
    throw new ArgumentError({
      operation: "evaluateLoss",
      rule: "needs at least one target that is not negative",
      got: "none",
      fix: "give it a batch",
    });
  return sum / count;
};
