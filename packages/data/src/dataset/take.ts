import { createDataset, type Step } from "./create-dataset.ts";
import type { Dataset, DatasetIterator } from "./dataset.ts";
import { stateBelow, stateCount, stateFields } from "./internal/read-state.ts";
import { checkDataset, wholeNumber } from "./internal/settings.ts";

async function* taken<A>(
  upstream: DatasetIterator<A>,
  first: number,
  count: number,
): AsyncGenerator<Step<A>> {
  let index = first;
  if (index >= count) return;
  for await (const value of upstream) {
    index++;
    yield { value, state: { taken: index, of: upstream.state() } };
    if (index >= count) return;
  }
}

/**
 * The first `count` items; reads no further.
 *
 * ```ts doctest
 * import { collect, fromArray, pipe, take } from "@adjoint/data";
 * await collect(pipe(fromArray([1, 2, 3]), take(2))); // => [1, 2]
 * ```
 */
export const take = <A>(count: number): ((dataset: Dataset<A>) => Dataset<A>) => {
  wholeNumber("take", "count", count, 0);
  return (dataset) => {
    checkDataset("take", dataset);
    return createDataset((state) => {
      const fields = stateFields("take", state);
      const first = stateCount("take", fields, "taken");
      return taken(dataset.open(stateBelow("take", fields, "of")), first, count);
    });
  };
};
