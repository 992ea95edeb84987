import { createDataset, type Step } from "./create-dataset.ts";
import type { Dataset, DatasetIterator } from "./dataset.ts";
import { closeAll } from "./internal/close-all.ts";
import { nextOfEach, openEach } from "./internal/next-of-each.ts";
import { stateFields, stateList } from "./internal/read-state.ts";
import { checkDataset } from "./internal/settings.ts";

async function* zipped<T extends readonly unknown[]>(upstreams: {
  readonly [K in keyof T]: DatasetIterator<T[K]>;
}): AsyncGenerator<Step<T>> {
  try {
    for (;;) {
      const value = await nextOfEach<T>(upstreams);
      if (value === undefined) return;
      yield { value, state: { of: upstreams.map((upstream) => upstream.state()) } };
    }
  } finally {
    await closeAll(upstreams);
  }
}

/**
 * The first items of all datasets together, then the second ones, and so on to the end of the shortest.
 *
 * ```ts doctest
 * import { collect, fromArray, zip } from "@adjoint/data";
 * await collect(zip(fromArray([1, 2, 3]), fromArray(["a", "b"]))); // => [[1, "a"], [2, "b"]]
 * ```
 */
export const zip = <const T extends readonly unknown[]>(
  ...datasets: { readonly [K in keyof T]: Dataset<T[K]> }
): Dataset<T> => {
  for (const dataset of datasets) checkDataset("zip", dataset);
  return createDataset((state) => {
    const states = stateList("zip", stateFields("zip", state), "of", datasets.length);
    return zipped<T>(openEach<T>(datasets, states));
  });
};
