import { ArgumentError } from "@adjoint/core";
import { createDataset, type Step } from "./create-dataset.ts";
import type { Dataset, DatasetIterator } from "./dataset.ts";
import { partOf } from "./internal/part-of.ts";
import { type KeyLike, keyWords, uniformAt, type KeyWords } from "./internal/random.ts";
import { mapRecord } from "./internal/map-record.ts";
import { stateBelow, stateCount, stateFields } from "./internal/read-state.ts";
import { checkDataset } from "./internal/settings.ts";

/** What decides to which part an item goes. */
export type SplitOptions = {
  /** A seed, or a key of core; 0 when absent. */
  readonly key?: KeyLike;
};

async function* partOfAll<A>(
  upstream: DatasetIterator<A>,
  first: number,
  words: () => Promise<KeyWords>,
  keeps: (draw: number) => boolean,
): AsyncGenerator<Step<A>> {
  const key = await words();
  let index = first;
  for await (const value of upstream) {
    const isMine = keeps(uniformAt(key, index));
    index++;
    if (isMine) yield { value, state: { index, of: upstream.state() } };
  }
}

/**
 * Parts that have no item in common and all items together, by a keyed hash of each item's place: `parts` names them and
 * says how large they are in proportion. Items keep their part when more items are added at the end.
 * Throws ArgumentError for proportions that are negative, not finite, or all 0.
 *
 * ```ts doctest
 * import { collect, fromIndexed, pipe, split } from "@adjoint/data";
 * const { train, validation } = pipe(
 *   fromIndexed(1000, (i) => i),
 *   split({ train: 9, validation: 1 }, { key: 3 }),
 * );
 * const sizes = [(await collect(train)).length, (await collect(validation)).length];
 * sizes; // => [899, 101]
 * ```
 */
export const split = <const N extends string>(
  parts: { readonly [K in N]: number },
  { key = 0 }: SplitOptions = {},
): (<A>(dataset: Dataset<A>) => { readonly [K in N]: Dataset<A> }) => {
  const words = keyWords("split", key);
  const proportions: readonly number[] = Object.values(parts);
  if (!proportions.every((p) => Number.isFinite(p) && p >= 0) || !proportions.some((p) => p > 0))
    throw new ArgumentError({
      operation: "split",
      rule: "needs proportions of at least 0, one of them above 0",
      got: JSON.stringify(proportions),
    });
  return (dataset) => {
    checkDataset("split", dataset);
    return mapRecord(parts, (_, part) =>
      createDataset((state) => {
        const fields = stateFields("split", state);
        const upstream = dataset.open(stateBelow("split", fields, "of"));
        const first = stateCount("split", fields, "index");
        return partOfAll(upstream, first, words, (u) => partOf(proportions, u) === part);
      }),
    );
  };
};
