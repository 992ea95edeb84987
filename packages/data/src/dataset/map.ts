import { createDataset, type Step } from "./create-dataset.ts";
import type { Dataset, DatasetIterator, DatasetState } from "./dataset.ts";
import { checkDataset, checkFunction, wholeNumber } from "./internal/settings.ts";

/** How much of a mapping runs at once. */
export type MapOptions = {
  /** How many items are worked on at once, 1 when absent; they come out in the order of the dataset. */
  readonly concurrency?: number;
};

async function* mapped<A, B>(
  upstream: DatasetIterator<A>,
  fn: (value: A) => B | Promise<B>,
): AsyncGenerator<Step<B>> {
  for await (const value of upstream) yield { value: await fn(value), state: upstream.state() };
}

type Job<B> = { readonly value: Promise<B>; readonly state: DatasetState };

async function* mappedAhead<A, B>(
  upstream: DatasetIterator<A>,
  fn: (value: A) => B | Promise<B>,
  concurrency: number,
): AsyncGenerator<Step<B>> {
  const jobs: Job<B>[] = [];
  const give = async ({ value, state }: Job<B>): Promise<Step<B>> => ({
    value: await value,
    state,
  });
  try {
    for await (const item of upstream) {
      const value = Promise.resolve(item).then(fn);
      value.catch(() => undefined); // told when its turn comes, or of no interest after a failure before it
      jobs.push({ value, state: upstream.state() });
      const [first] = jobs;
      if (jobs.length < concurrency || first === undefined) continue;
      jobs.shift();
      yield await give(first);
    }
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) yield await give(job);
  } finally {
    await Promise.allSettled(jobs.map(({ value }) => value)); // nothing goes on running behind a reader's back
  }
}

/**
 * Every item through `fn`, which may be asynchronous; with `concurrency` several at once, in order all the same. The state
 * is that of the dataset below: what was begun and not given out is done again. Throws ArgumentError for settings out of
 * range; what `fn` throws reaches the reader at its item.
 *
 * ```ts doctest
 * import { collect, fromArray, map, pipe } from "@adjoint/data";
 * await collect(pipe(fromArray([1, 2]), map((n) => n + 0.5))); // => [1.5, 2.5]
 * ```
 */
export const map = <A, B>(
  fn: (value: A) => B | Promise<B>,
  { concurrency = 1 }: MapOptions = {},
): ((dataset: Dataset<A>) => Dataset<B>) => {
  checkFunction("map", "fn", fn);
  wholeNumber("map", "concurrency", concurrency, 1);
  return (dataset) => {
    checkDataset("map", dataset);
    return createDataset((state) =>
      concurrency === 1
        ? mapped(dataset.open(state), fn)
        : mappedAhead(dataset.open(state), fn, concurrency),
    );
  };
};
