import { ArgumentError } from "@adjoint/core";
import { createDataset, type Step } from "../dataset/create-dataset.ts";
import type { Dataset, DatasetIterator, DatasetState } from "../dataset/dataset.ts";
import { permutation } from "../dataset/internal/permutation.ts";
import { foldKey, type KeyLike, keyWords, type KeyWords } from "../dataset/internal/random.ts";
import { stateBelow, stateCount, stateFields } from "../dataset/internal/read-state.ts";
import { checkDataset, countOrInfinity, wholeNumber } from "../dataset/internal/settings.ts";

/** Settings of `batchByLength`. */
export type BatchByLengthOptions<A> = {
  /** Examples of a batch at most. */
  readonly batchSize: number;
  /** Tokens of a batch at most, padding included: longest times count. Any number when absent. */
  readonly maxTokens?: number;
  /** Tokens of an example. */
  readonly lengthOf: (example: A) => number;
  /** Examples that are sorted at a time; 50 batches when absent, as in transformers. */
  readonly buffer?: number;
  /** A seed, or a key of core, that orders the batches of a buffer; shortest first when absent. */
  readonly key?: KeyLike;
};

/** Cuts examples that are sorted by length into batches. */
const cut = <A>(sorted: readonly A[], options: BatchByLengthOptions<A>): A[][] => {
  const { batchSize, maxTokens = Infinity, lengthOf } = options;
  const batches: A[][] = [];
  let batch: A[] = [];
  for (const example of sorted) {
    const tokens = (batch.length + 1) * lengthOf(example);
    if (batch.length > 0 && (batch.length === batchSize || tokens > maxTokens)) {
      batches.push(batch);
      batch = [];
    }
    batch.push(example);
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
};

/** Where it stands: the state below before buffer number `buffer`, and how many of its batches were given out. */
type Place = { readonly of: DatasetState; readonly buffer: number; readonly done: number };

const readBuffer = async <A>(upstream: DatasetIterator<A>, count: number): Promise<A[]> => {
  const items: A[] = [];
  while (items.length < count) {
    const result = await upstream.next();
    if (result.done === true) break;
    items.push(result.value);
  }
  return items;
};

async function* batches<A>(
  upstream: DatasetIterator<A>,
  options: BatchByLengthOptions<A>,
  words: (() => Promise<KeyWords>) | undefined,
  start: Place,
): AsyncGenerator<Step<readonly A[]>> {
  const { lengthOf, buffer = options.batchSize * 50 } = options;
  let place = start;
  try {
    for (;;) {
      const items = await readBuffer(upstream, buffer);
      if (items.length === 0) return;
      const all = cut(
        items.sort((a, b) => lengthOf(a) - lengthOf(b)),
        options,
      );
      const key = words === undefined ? undefined : foldKey(await words(), place.buffer);
      const order = key === undefined ? (i: number): number => i : permutation(all.length, key);
      const next = { of: upstream.state(), buffer: place.buffer + 1, done: 0 };
      for (let i = place.done; i < all.length; i++)
        yield {
          value: all[order(i)] ?? [],
          state: i + 1 < all.length ? { ...place, done: i + 1 } : next,
        };
      place = next;
    }
  } finally {
    await upstream.return();
  }
}

/**
 * Batches of examples of about the same length, so that little of them is padding: a buffer of examples is sorted, cut,
 * and its batches come in random order. Every example comes once; an example that is longer than `maxTokens` comes alone.
 * Goes on from any batch. Throws ArgumentError for sizes that are no counts.
 *
 * ```ts doctest
 * import { batchByLength, collect, fromArray, pipe } from "@adjoint/data";
 * const words = fromArray(["to", "understand", "it", "completely"]);
 * const batches = pipe(words, batchByLength({ batchSize: 2, lengthOf: (word) => word.length }));
 * await collect(batches); // => [["to", "it"], ["understand", "completely"]]
 * ```
 */
export const batchByLength = <A>(
  options: BatchByLengthOptions<A>,
): ((dataset: Dataset<A>) => Dataset<readonly A[]>) => {
  const operation = "batchByLength";
  wholeNumber(operation, "batchSize", options.batchSize, 1);
  wholeNumber(operation, "buffer", options.buffer ?? 1, 1);
  countOrInfinity(operation, "maxTokens", options.maxTokens ?? Infinity, 1);
  if (typeof options.lengthOf !== "function")
    throw new ArgumentError({ operation, rule: "lengthOf must be a function" });
  const words = options.key === undefined ? undefined : keyWords(operation, options.key);
  return (dataset) => {
    checkDataset(operation, dataset);
    return createDataset((state) => {
      const fields = stateFields(operation, state);
      const place = {
        of: stateBelow(operation, fields, "of"),
        buffer: stateCount(operation, fields, "buffer"),
        done: stateCount(operation, fields, "done"),
      };
      return batches(dataset.open(place.of), options, words, place);
    });
  };
};
