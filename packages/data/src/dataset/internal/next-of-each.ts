import type { Dataset, DatasetIterator, DatasetState } from "../dataset.ts";

/** An iterator for each dataset of a tuple; the mapped type keeps which is which, which TypeScript cannot see through `map`. */
export const openEach = <T extends readonly unknown[]>(
  datasets: { readonly [K in keyof T]: Dataset<T[K]> },
  states: readonly DatasetState[],
): { readonly [K in keyof T]: DatasetIterator<T[K]> } =>
  datasets.map((dataset, index) => dataset.open(states[index])) as unknown as {
    readonly [K in keyof T]: DatasetIterator<T[K]>;
  };

/** The next item of each iterator of a tuple, or undefined when one has ended. */
export const nextOfEach = async <T extends readonly unknown[]>(iterators: {
  readonly [K in keyof T]: DatasetIterator<T[K]>;
}): Promise<T | undefined> => {
  const values: unknown[] = [];
  for (const iterator of iterators as readonly DatasetIterator<unknown>[]) {
    const result = await iterator.next();
    if (result.done === true) return undefined;
    values.push(result.value);
  }
  return values as unknown as T;
};
