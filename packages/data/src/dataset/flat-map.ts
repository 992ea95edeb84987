import { createDataset, type Step } from "./create-dataset.ts";
import type { Dataset, DatasetState } from "./dataset.ts";
import { type AnyIterable, fromIterable } from "./from-iterable.ts";
import { stateBelow, stateFields } from "./internal/read-state.ts";
import { checkDataset, checkFunction } from "./internal/settings.ts";

/** What one item becomes: a dataset, or something that is read again from its start to go on within it. */
export type Parts<B> = Dataset<B> | AnyIterable<B>;

const asDataset = <B>(parts: Parts<B>): Dataset<B> =>
  typeof parts === "object" && "open" in parts ? parts : fromIterable(() => parts);

async function* flattened<A, B>(
  dataset: Dataset<A>,
  fn: (value: A) => Parts<B> | Promise<Parts<B>>,
  of: DatasetState,
  within: DatasetState,
): AsyncGenerator<Step<B>> {
  const upstream = dataset.open(of);
  let before = of;
  let start = within; // only the first item is gone on with from its middle
  for await (const item of upstream) {
    const inner = asDataset(await fn(item)).open(start);
    for await (const value of inner) yield { value, state: { of: before, within: inner.state() } };
    before = upstream.state();
    start = null;
  }
}

/**
 * Every item becomes any number of items: the rows of each file, the sentences of each text. The state is where the dataset
 * below stood before the item at hand, and where within it; `fn` must give the same for the same item.
 *
 * ```ts doctest
 * import { collect, flatMap, fromArray, pipe } from "@adjoint/data";
 * await collect(pipe(fromArray(["a b", "c"]), flatMap((text) => text.split(" ")))); // => ["a", "b", "c"]
 * ```
 */
export const flatMap = <A, B>(
  fn: (value: A) => Parts<B> | Promise<Parts<B>>,
): ((dataset: Dataset<A>) => Dataset<B>) => {
  checkFunction("flatMap", "fn", fn);
  return (dataset) => {
    checkDataset("flatMap", dataset);
    return createDataset((state) => {
      const fields = stateFields("flatMap", state);
      const [of, within] = [
        stateBelow("flatMap", fields, "of"),
        stateBelow("flatMap", fields, "within"),
      ];
      return flattened(dataset, fn, of, within);
    });
  };
};
