import { DatasetStateError } from "../errors.ts";
import { createDataset, type Step } from "./create-dataset.ts";
import type { Dataset, DatasetIterator, DatasetState } from "./dataset.ts";
import { at } from "./internal/at.ts";
import { indexAt, type KeyLike, keyWords, type KeyWords } from "./internal/random.ts";
import { stateAtMost, stateBelow, stateCount, stateFields } from "./internal/read-state.ts";
import { checkDataset, wholeNumber } from "./internal/settings.ts";
import { shuffleSlots } from "./internal/shuffle-slots.ts";

/** What decides the order. */
export type ShuffleOptions = {
  /** A seed, or a key of core. The same key gives the same order. */
  readonly key: KeyLike;
};

/** Where an item was read, and whether it was given out since. */
type Mark = { readonly index: number; readonly before: DatasetState; isGone: boolean };

type Held<A> = { readonly value: A; readonly mark: Mark };

/** Where a shuffle stands: how many items it gave, and the first that it still holds and where that is read. */
type Place = {
  readonly given: number;
  readonly first: number;
  readonly of: DatasetState;
  /** How many items there are, once that is known. */
  readonly length: number | undefined;
};

const readPlace = (state: DatasetState): Place => {
  const fields = stateFields("shuffle", state);
  const isEnded = fields !== undefined && Object.hasOwn(fields, "length");
  const length = isEnded ? stateCount("shuffle", fields, "length") : undefined;
  const given = stateCount("shuffle", fields, "given");
  return {
    given: stateAtMost("shuffle", "given", given, length ?? given),
    first: stateCount("shuffle", fields, "first"),
    of: stateBelow("shuffle", fields, "of"),
    length,
  };
};

/** Reads items one by one, marks them, and knows where the first one that is not gone was read. */
class Reader<A> {
  private readonly upstream: DatasetIterator<A>;
  private readonly marks: Mark[] = [];
  private before: DatasetState;
  private index: number;
  private head = 0;
  /** How many items there are, once that is known. */
  length: number | undefined;

  constructor(upstream: DatasetIterator<A>, { first, of, length }: Place) {
    this.upstream = upstream;
    this.index = first;
    this.before = of;
    this.length = length;
  }

  async read(): Promise<Held<A> | undefined> {
    if (this.index === this.length) return undefined;
    const result = await this.upstream.next();
    if (result.done === true) {
      this.length = this.index;
      return undefined;
    }
    const mark = { index: this.index++, before: this.before, isGone: false };
    this.marks.push(mark);
    this.before = this.upstream.state();
    return { value: result.value, mark };
  }

  /** Where to read again what is not gone. */
  place(given: number): DatasetState {
    while (this.marks[this.head]?.isGone === true) this.head++;
    if (this.head > 1024 && this.head * 2 > this.marks.length)
      this.head -= this.marks.splice(0, this.head).length;
    const next = { index: this.index, before: this.before };
    const { index, before } = this.marks[this.head] ?? next;
    const length = this.length === undefined ? {} : { length: this.length };
    return { given, first: index, of: before, ...length };
  }
}

const refill = async <A>(
  reader: Reader<A>,
  slots: readonly number[],
  first: number,
  end: number,
): Promise<Held<A>[]> => {
  const slotOf = new Map(slots.map((index, slot) => [index, slot]));
  const held: Held<A>[] = [];
  for (let index = first; index < end; index++) {
    const item = await reader.read();
    if (item === undefined)
      throw new DatasetStateError({
        operation: "shuffle",
        rule: "the dataset below must give the items that it gave before",
        got: `no item ${index}`,
        fix: "start over, or give back the data that the state was taken with",
      });
    const slot = slotOf.get(index);
    item.mark.isGone = slot === undefined;
    if (slot !== undefined) held[slot] = item;
  }
  return held;
};

const fill = async <A>(reader: Reader<A>, buffer: number): Promise<Held<A>[]> => {
  const held: Held<A>[] = [];
  while (held.length < buffer) {
    const item = await reader.read();
    if (item === undefined) return held;
    held.push(item);
  }
  return held;
};

/** The items that a shuffle holds when it stands at `place`. */
const hold = <A>(
  reader: Reader<A>,
  buffer: number,
  key: KeyWords,
  { given, first, length }: Place,
): Promise<Held<A>[]> => {
  if (given === 0) return fill(reader, buffer);
  const slots = shuffleSlots(key, buffer, given, length);
  return refill(reader, slots, first, Math.min(buffer + given, length ?? Infinity));
};

async function* shuffled<A>(
  upstream: DatasetIterator<A>,
  buffer: number,
  words: () => Promise<KeyWords>,
  place: Place,
): AsyncGenerator<Step<A>> {
  try {
    const key = await words();
    const reader = new Reader(upstream, place);
    const held = await hold(reader, buffer, key, place);
    for (let given = place.given; held.length > 0; given++) {
      const slot = indexAt(key, given, held.length);
      const { value, mark } = at(held, slot);
      mark.isGone = true;
      const next = (await reader.read()) ?? held.pop();
      if (next !== undefined && slot < held.length) held[slot] = next;
      yield { value, state: reader.place(given + 1) };
    }
  } finally {
    await upstream.return();
  }
}

/**
 * Items in a random order, through a buffer of `buffer` items: each item given out is drawn from it, and the next one
 * read takes its place. With a buffer as large as the dataset every order is equally likely. What the buffer holds follows
 * from the key and the number of items given out, so the state is small: to go on, the dataset below is read again from
 * the oldest item held. Throws ArgumentError for settings out of range.
 *
 * ```ts doctest
 * import { collect, fromArray, pipe, shuffle } from "@adjoint/data";
 * const order = pipe(fromArray([1, 2, 3, 4, 5, 6]), shuffle(4, { key: 0 }));
 * await collect(order); // => [2, 1, 4, 5, 3, 6]
 * ```
 */
export const shuffle = <A>(
  buffer: number,
  { key }: ShuffleOptions,
): ((dataset: Dataset<A>) => Dataset<A>) => {
  wholeNumber("shuffle", "buffer", buffer, 1);
  const words = keyWords("shuffle", key);
  return (dataset) => {
    checkDataset("shuffle", dataset);
    return createDataset((state) => {
      const place = readPlace(state);
      return shuffled(dataset.open(place.of), buffer, words, place);
    });
  };
};
