import { createDataset, type Step } from "./create-dataset.ts";
import type { Dataset } from "./dataset.ts";
import { stateCount, stateFields } from "./internal/read-state.ts";
import { checkFunction } from "./internal/settings.ts";

/** Anything that `for await` reads, or a promise of it. */
export type AnyIterable<T> = Iterable<T> | AsyncIterable<T>;

/**
 * The items of what `make` gives, a new iterable for every reader: a generator function, an async one, a fetch of a list.
 * To go on from a state it is read again from its start, so it must give the same items every time.
 *
 * ```ts doctest
 * import { collect, fromIterable } from "@adjoint/data";
 * const letters = fromIterable(function* () {
 *   yield "a";
 *   yield "b";
 * });
 * await collect(letters); // => ["a", "b"]
 * ```
 */
export const fromIterable = <T>(
  make: () => AnyIterable<T> | Promise<AnyIterable<T>>,
): Dataset<T> => {
  checkFunction("fromIterable", "make", make);
  async function* run(first: number): AsyncGenerator<Step<T>> {
    let index = 0;
    for await (const value of await make()) {
      index++;
      if (index > first) yield { value, state: { index } };
    }
  }
  return createDataset((state) =>
    run(stateCount("fromIterable", stateFields("fromIterable", state), "index")),
  );
};
