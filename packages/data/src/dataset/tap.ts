import { createDataset, type Step } from "./create-dataset.ts";
import type { Dataset, DatasetIterator } from "./dataset.ts";
import { stateBelow, stateCount, stateFields } from "./internal/read-state.ts";
import { checkDataset, checkFunction, wholeNumber } from "./internal/settings.ts";
import { map } from "./map.ts";

/**
 * Calls `look` with every item on its way and waits for it; the items stay as they are.
 *
 * ```ts doctest
 * import { collect, fromArray, pipe, tap } from "@adjoint/data";
 * let bytes = 0;
 * await collect(pipe(fromArray(["ab", "c"]), tap((text) => void (bytes += text.length)))); // => ["ab", "c"]
 * bytes; // => 3
 * ```
 */
export const tap = <A>(
  look: (value: A) => void | Promise<void>,
): ((dataset: Dataset<A>) => Dataset<A>) => {
  checkFunction("tap", "look", look);
  return map(async (value: A) => {
    await look(value);
    return value;
  });
};

/** How often progress is reported. */
export type ProgressOptions = {
  /** After so many items, and at the end; 1000 when absent. */
  readonly every?: number;
};

async function* counted<A>(
  upstream: DatasetIterator<A>,
  first: number,
  report: (count: number) => void,
  every: number,
): AsyncGenerator<Step<A>> {
  let count = first;
  for await (const value of upstream) {
    count++;
    if (count % every === 0) report(count);
    yield { value, state: { count, of: upstream.state() } };
  }
  if (count % every !== 0) report(count);
}

/**
 * Reports how many items have come by, those before a resumption included.
 *
 * ```ts doctest
 * import { collect, fromArray, pipe, progress } from "@adjoint/data";
 * const seen: number[] = [];
 * await collect(pipe(fromArray([7, 8, 9]), progress((count) => void seen.push(count), { every: 2 })));
 * seen; // => [2, 3]
 * ```
 */
export const progress = <A>(
  report: (count: number) => void,
  { every = 1000 }: ProgressOptions = {},
): ((dataset: Dataset<A>) => Dataset<A>) => {
  checkFunction("progress", "report", report);
  wholeNumber("progress", "every", every, 1);
  return (dataset) => {
    checkDataset("progress", dataset);
    return createDataset((state) => {
      const fields = stateFields("progress", state);
      const first = stateCount("progress", fields, "count");
      return counted(dataset.open(stateBelow("progress", fields, "of")), first, report, every);
    });
  };
};
