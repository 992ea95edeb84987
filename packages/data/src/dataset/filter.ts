import { createDataset, type Step } from "./create-dataset.ts";
import type { Dataset, DatasetIterator } from "./dataset.ts";
import { checkDataset, checkFunction } from "./internal/settings.ts";

async function* filtered<A>(
  upstream: DatasetIterator<A>,
  keep: (value: A) => boolean | Promise<boolean>,
): AsyncGenerator<Step<A>> {
  for await (const value of upstream)
    if (await keep(value)) yield { value, state: upstream.state() };
}

/**
 * The items that `keep` says true of; it may be asynchronous, or a type guard.
 *
 * ```ts doctest
 * import { collect, filter, fromArray, pipe } from "@adjoint/data";
 * await collect(pipe(fromArray([1, 2, 3]), filter((n) => n % 2 === 1))); // => [1, 3]
 * ```
 */
export function filter<A, B extends A>(
  keep: (value: A) => value is B,
): (dataset: Dataset<A>) => Dataset<B>;
export function filter<A>(
  keep: (value: A) => boolean | Promise<boolean>,
): (dataset: Dataset<A>) => Dataset<A>;
export function filter<A>(
  keep: (value: A) => boolean | Promise<boolean>,
): (dataset: Dataset<A>) => Dataset<A> {
  checkFunction("filter", "keep", keep);
  return (dataset) => {
    checkDataset("filter", dataset);
    return createDataset((state) => filtered(dataset.open(state), keep));
  };
}
