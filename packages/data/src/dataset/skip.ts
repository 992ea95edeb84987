import { createDataset, type Step } from "./create-dataset.ts";
import type { Dataset, DatasetIterator } from "./dataset.ts";
import { stateBelow, stateFields } from "./internal/read-state.ts";
import { checkDataset, wholeNumber } from "./internal/settings.ts";

async function* after<A>(upstream: DatasetIterator<A>, count: number): AsyncGenerator<Step<A>> {
  let index = 0;
  for await (const value of upstream)
    if (index++ >= count) yield { value, state: { of: upstream.state() } };
}

/**
 * All but the first `count` items; they are read, once.
 *
 * ```ts doctest
 * import { collect, fromArray, pipe, skip } from "@adjoint/data";
 * await collect(pipe(fromArray([1, 2, 3]), skip(2))); // => [3]
 * ```
 */
export const skip = <A>(count: number): ((dataset: Dataset<A>) => Dataset<A>) => {
  wholeNumber("skip", "count", count, 0);
  return (dataset) => {
    checkDataset("skip", dataset);
    return createDataset((state) => {
      const fields = stateFields("skip", state);
      const upstream = dataset.open(stateBelow("skip", fields, "of"));
      return after(upstream, fields === undefined ? count : 0);
    });
  };
};
