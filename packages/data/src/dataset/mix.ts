import { ArgumentError } from "@adjoint/core";
import { DatasetStateError } from "../errors.ts";
import { createDataset, type Step } from "./create-dataset.ts";
import type { Dataset, DatasetIterator, DatasetState } from "./dataset.ts";
import { at } from "./internal/at.ts";
import { closeAll } from "./internal/close-all.ts";
import { partOf } from "./internal/part-of.ts";
import { type KeyLike, keyWords, type KeyWords, uniformAt } from "./internal/random.ts";
import { stateCount, stateFields, stateList } from "./internal/read-state.ts";
import { checkDataset } from "./internal/settings.ts";

/** A dataset, and how often it is drawn from in proportion to the others. */
export type Weighted<A> = { readonly dataset: Dataset<A>; readonly weight: number };

/** When a mixture ends. */
export type MixStop =
  /** At the first draw from a dataset that has no more. */
  | "first"
  /** When none has more; those that are left are drawn from in proportion. Every item comes once. */
  | "all"
  /** When each has come to its end once; those that end before start over. */
  | "restart";

/** How a mixture draws and ends. */
export type MixOptions = {
  /** A seed, or a key of core. */
  readonly key: KeyLike;
  /** When it ends; "all" when absent. */
  readonly stop?: MixStop;
};

/** One dataset of a mixture, as it stands. */
type Source<A> = {
  readonly dataset: Dataset<A>;
  iterator: DatasetIterator<A>;
  /** How often it came to its end. */
  ends: number;
};

/** The next item of a source that may start over; undefined when that has none either. */
const nextOrRestart = async <A>(source: Source<A>): Promise<IteratorResult<A, undefined>> => {
  source.ends++;
  source.iterator = source.dataset.open();
  return source.iterator.next();
};

/** Draws until there is an item; undefined at the end of the mixture. */
const draw = async <A>(
  sources: readonly Source<A>[],
  weights: readonly number[],
  u: number,
  stop: MixStop,
): Promise<IteratorResult<A, undefined>> => {
  const end = { done: true, value: undefined } as const;
  const live = weights.map((weight, i) => (stop === "all" && at(sources, i).ends > 0 ? 0 : weight));
  const part = partOf(live, u);
  if (part === -1) return end;
  const source = at(sources, part);
  const result = await source.iterator.next();
  if (result.done !== true || stop === "first") return result;
  if (stop === "restart") {
    const isLast = sources.every((other, i) => i === part || other.ends > 0 || weights[i] === 0);
    if (isLast) return end;
    const again = await nextOrRestart(source);
    const isEmpty = again.done === true;
    const others = weights.map((weight, i) => (i === part ? 0 : weight));
    return isEmpty ? draw(sources, others, u, stop) : again;
  }
  source.ends++;
  return draw(sources, weights, u, stop);
};

const stateOf = <A>(drawn: number, sources: readonly Source<A>[]): DatasetState => ({
  drawn,
  ends: sources.map(({ ends }) => ends),
  of: sources.map(({ iterator }) => iterator.state()),
});

async function* mixed<A>(
  sources: readonly Source<A>[],
  weights: readonly number[],
  words: () => Promise<KeyWords>,
  stop: MixStop,
  first: number,
): AsyncGenerator<Step<A>> {
  try {
    const key = await words();
    for (let drawn = first; ; drawn++) {
      const result = await draw(sources, weights, uniformAt(key, drawn), stop);
      if (result.done === true) return;
      yield { value: result.value, state: stateOf(drawn + 1, sources) };
    }
  } finally {
    await closeAll(sources.map(({ iterator }) => iterator));
  }
}

const checkWeights = (weights: readonly number[]): void => {
  if (weights.every((w) => Number.isFinite(w) && w >= 0) && weights.some((w) => w > 0)) return;
  throw new ArgumentError({
    operation: "mix",
    rule: "needs weights of at least 0, one of them above 0",
    got: JSON.stringify(weights),
  });
};

const checkStop = (stop: MixStop): void => {
  if (["first", "all", "restart"].includes(stop)) return;
  throw new ArgumentError({
    operation: "mix",
    rule: 'stop must be "first", "all" or "restart"',
    got: JSON.stringify(stop),
  });
};

const countEnds = (state: DatasetState): number => {
  if (typeof state === "number" && Number.isSafeInteger(state) && state >= 0) return state;
  throw new DatasetStateError({
    operation: "mix",
    rule: "a state must count how often each dataset ended",
    got: JSON.stringify(state),
  });
};

/**
 * Items of several datasets, each drawn at random in proportion to the weights; the order within each stays. A dataset
 * of weight 0 is never drawn from. Throws ArgumentError for weights that are negative, not finite, or all 0.
 *
 * ```ts doctest
 * import { collect, fromArray, mix } from "@adjoint/data";
 * const web = fromArray(["w1", "w2", "w3"]);
 * const books = fromArray(["b1"]);
 * const both = mix([{ dataset: web, weight: 3 }, { dataset: books, weight: 1 }], { key: 0 });
 * await collect(both); // => ["w1", "w2", "b1", "w3"]
 * ```
 */
export const mix = <A>(
  parts: readonly Weighted<A>[],
  { key, stop = "all" }: MixOptions,
): Dataset<A> => {
  const weights = parts.map(({ weight }) => weight);
  checkWeights(weights);
  checkStop(stop);
  for (const { dataset } of parts) checkDataset("mix", dataset);
  const words = keyWords("mix", key);
  return createDataset((state) => {
    const fields = stateFields("mix", state);
    const ends = stateList("mix", fields, "ends", parts.length).map((n) => countEnds(n ?? 0));
    const of = stateList("mix", fields, "of", parts.length);
    const sources = parts.map(({ dataset }, i) => ({
      dataset,
      iterator: dataset.open(at(of, i)),
      ends: at(ends, i),
    }));
    return mixed(sources, weights, words, stop, stateCount("mix", fields, "drawn"));
  });
};
