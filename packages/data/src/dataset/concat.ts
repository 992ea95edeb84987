import { createDataset, type Step } from "./create-dataset.ts";
import type { Dataset, DatasetState } from "./dataset.ts";
import { stateAtMost, stateBelow, stateCount, stateFields } from "./internal/read-state.ts";
import { checkDataset } from "./internal/settings.ts";

async function* joined<A>(
  datasets: readonly Dataset<A>[],
  first: number,
  of: DatasetState,
): AsyncGenerator<Step<A>> {
  let start = of;
  for (const [part, dataset] of datasets.entries()) {
    if (part < first) continue;
    const upstream = dataset.open(start);
    for await (const value of upstream) yield { value, state: { part, of: upstream.state() } };
    start = null;
  }
}

/**
 * One dataset after another.
 *
 * ```ts doctest
 * import { collect, concat, fromArray } from "@adjoint/data";
 * await collect(concat(fromArray([1, 2]), fromArray([3]))); // => [1, 2, 3]
 * ```
 */
export const concat = <A>(...datasets: readonly Dataset<A>[]): Dataset<A> => {
  for (const dataset of datasets) checkDataset("concat", dataset);
  return createDataset((state) => {
    const fields = stateFields("concat", state);
    const part = stateAtMost(
      "concat",
      "part",
      stateCount("concat", fields, "part"),
      datasets.length,
    );
    return joined(datasets, part, stateBelow("concat", fields, "of"));
  });
};
