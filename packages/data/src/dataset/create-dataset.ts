import type { Dataset, DatasetIterator, DatasetState } from "./dataset.ts";

/** An item, and where an iterator stands once it was given out. */
export type Step<T> = { readonly value: T; readonly state: DatasetState };

const iterate = <T>(
  steps: AsyncIterator<Step<T>, unknown, undefined>,
  start: DatasetState,
): DatasetIterator<T> => {
  let state = start;
  const end: IteratorResult<T, undefined> = { done: true, value: undefined };
  const give = (result: IteratorResult<Step<T>, unknown>): IteratorResult<T, undefined> => {
    if (result.done === true) return end;
    state = result.value.state;
    return { done: false, value: result.value.value };
  };
  const iterator: DatasetIterator<T> = {
    next: () => steps.next().then(give),
    return: async () => {
      await steps.return?.();
      return end;
    },
    state: () => state,
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
};

/**
 * A dataset from a function that goes on from a state: `null` is the start, anything else is a `state` that it gave out
 * before. It must give the same items from the same state every time. What it opens is best opened with the first item
 * and closed in a `finally`, which also runs when a reader leaves early.
 *
 * ```ts doctest
 * import { collect, createDataset } from "@adjoint/data";
 * const squares = createDataset(async function* (state) {
 *   for (let i = Number(state); i < 4; i++) yield { value: i * i, state: i + 1 };
 * });
 * await collect(squares); // => [0, 1, 4, 9]
 * await collect(squares.open(2)); // => [4, 9]
 * ```
 */
export const createDataset = <T>(
  start: (state: DatasetState) => AsyncIterator<Step<T>, unknown, undefined>,
): Dataset<T> => {
  const open = (state: DatasetState = null): DatasetIterator<T> => iterate(start(state), state);
  return { open, [Symbol.asyncIterator]: () => open() };
};
