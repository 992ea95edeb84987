import type { Dataset } from "./dataset.ts";

/** All items that are left of a dataset, or of an iterator, as an array. */
export const collect = async <T>(dataset: Dataset<T> | AsyncIterable<T>): Promise<T[]> => {
  const items: T[] = [];
  for await (const item of dataset) items.push(item);
  return items;
};
