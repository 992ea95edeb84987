import { createDataset, type Step } from "./create-dataset.ts";
import type { Dataset } from "./dataset.ts";
import { at } from "./internal/at.ts";
import { permutation } from "./internal/permutation.ts";
import { type KeyLike, keyWords } from "./internal/random.ts";
import { stateAtMost, stateCount, stateFields } from "./internal/read-state.ts";
import { checkFunction, wholeNumber } from "./internal/settings.ts";

/** In which order indexed items come. */
export type OrderOptions = {
  /** Comes in the random order of this key: a seed, or a key of core. In order when absent. */
  readonly key?: KeyLike;
};

/**
 * The items `get(0)`, `get(1)`, … of something that can be read at any place; with a key in a random order that is a
 * permutation of all of them, computed index by index and never held. Goes on from any place at once.
 * Throws ArgumentError for a length that is not a whole number.
 *
 * ```ts doctest
 * import { collect, fromIndexed } from "@adjoint/data";
 * const squares = fromIndexed(5, (i) => i * i, { key: 1 });
 * (await collect(squares)).toSorted((a, b) => a - b); // => [0, 1, 4, 9, 16]
 * ```
 */
export const fromIndexed = <T>(
  length: number,
  get: (index: number) => T | Promise<T>,
  { key }: OrderOptions = {},
): Dataset<T> => {
  wholeNumber("fromIndexed", "length", length, 0);
  checkFunction("fromIndexed", "get", get);
  const words = key === undefined ? undefined : keyWords("fromIndexed", key);
  async function* run(first: number): AsyncGenerator<Step<T>> {
    const order = words === undefined ? undefined : permutation(length, await words());
    for (let index = first; index < length; index++) {
      const value = await get(order === undefined ? index : order(index));
      yield { value, state: { index: index + 1 } };
    }
  }
  return createDataset((state) => {
    const index = stateCount("fromIndexed", stateFields("fromIndexed", state), "index");
    return run(stateAtMost("fromIndexed", "index", index, length));
  });
};

/**
 * The items of an array, which is not copied; with a key in a random order. Goes on from any place at once.
 *
 * ```ts doctest
 * import { collect, fromArray } from "@adjoint/data";
 * await collect(fromArray(["a", "b"])); // => ["a", "b"]
 * ```
 */
export const fromArray = <T>(items: readonly T[], options: OrderOptions = {}): Dataset<T> =>
  fromIndexed(items.length, (index) => at(items, index), options);
