import { createDataset, type Step } from "./create-dataset.ts";
import type { Dataset, DatasetIterator } from "./dataset.ts";
import { checkDataset, wholeNumber } from "./internal/settings.ts";

/** What becomes of the last batch. */
export type BatchOptions = {
  /** Leaves out the last batch when it is not full; false when absent. */
  readonly dropLast?: boolean;
};

async function* batched<A>(
  upstream: DatasetIterator<A>,
  size: number,
  dropLast: boolean,
): AsyncGenerator<Step<readonly A[]>> {
  let items: A[] = [];
  for await (const item of upstream) {
    items.push(item);
    if (items.length < size) continue;
    yield { value: items, state: upstream.state() };
    items = [];
  }
  if (items.length > 0 && !dropLast) yield { value: items, state: upstream.state() };
}

/**
 * Lists of `size` items; the last one has what is left. Throws ArgumentError for a size that is no whole number above 0.
 *
 * ```ts doctest
 * import { batch, collect, fromArray, pipe } from "@adjoint/data";
 * await collect(pipe(fromArray([1, 2, 3]), batch(2))); // => [[1, 2], [3]]
 * ```
 */
export const batch = <A>(
  size: number,
  { dropLast = false }: BatchOptions = {},
): ((dataset: Dataset<A>) => Dataset<readonly A[]>) => {
  wholeNumber("batch", "size", size, 1);
  return (dataset) => {
    checkDataset("batch", dataset);
    return createDataset((state) => batched(dataset.open(state), size, dropLast));
  };
};
