import { createDataset, type Step } from "./create-dataset.ts";
import type { Dataset, DatasetState } from "./dataset.ts";
import { stateBelow, stateCount, stateFields } from "./internal/read-state.ts";
import { checkDataset, checkFunction, countOrInfinity } from "./internal/settings.ts";

async function* allEpochs<A>(
  count: number,
  make: (epoch: number) => Dataset<A>,
  first: number,
  of: DatasetState,
): AsyncGenerator<Step<A>> {
  let start = of;
  for (let epoch = first; epoch < count; epoch++) {
    const upstream = checkDataset("epochs", make(epoch)).open(start);
    let isEmpty = start === null;
    for await (const value of upstream) {
      isEmpty = false;
      yield { value, state: { epoch, of: upstream.state() } };
    }
    if (isEmpty) return; // nothing will come of more epochs
    start = null;
  }
}

/**
 * A dataset for each epoch, one after another: a new order each time is `epochs(3, (epoch) => shuffle(…, { key: epoch }))`.
 * Ends with an epoch that is empty; `count` may be Infinity.
 *
 * ```ts doctest
 * import { collect, epochs, fromArray } from "@adjoint/data";
 * await collect(epochs(2, (epoch) => fromArray([`${epoch}a`, `${epoch}b`]))); // => ["0a", "0b", "1a", "1b"]
 * ```
 */
export const epochs = <A>(count: number, make: (epoch: number) => Dataset<A>): Dataset<A> => {
  countOrInfinity("epochs", "count", count, 0);
  checkFunction("epochs", "make", make);
  return createDataset((state) => {
    const fields = stateFields("epochs", state);
    const first = stateCount("epochs", fields, "epoch");
    return allEpochs(count, make, first, stateBelow("epochs", fields, "of"));
  });
};

/**
 * A dataset again and again, without end when no count is given; an empty one stays empty.
 *
 * ```ts doctest
 * import { collect, fromArray, pipe, repeat, take } from "@adjoint/data";
 * await collect(pipe(fromArray([1, 2]), repeat(), take(5))); // => [1, 2, 1, 2, 1]
 * ```
 */
export const repeat = <A>(count: number = Infinity): ((dataset: Dataset<A>) => Dataset<A>) => {
  countOrInfinity("repeat", "count", count, 0);
  return (dataset) => {
    checkDataset("repeat", dataset);
    return epochs(count, () => dataset);
  };
};
