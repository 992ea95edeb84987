import type { Example } from "../example.ts";
import { type IntSet, intSet } from "./int-set.ts";

/** A document in a buffer: its number, and how many came before it. */
export type Held = { readonly index: number; readonly order: number; readonly example: Example };

/** Documents to choose from by length; of equal ones the first that came. */
export type DocumentBuffer = {
  readonly size: () => number;
  readonly add: (held: Held) => void;
  /** Takes out the longest of at most `length` tokens. */
  readonly takeAtMost: (length: number) => Held | undefined;
  /** Takes out the shortest. */
  readonly takeShortest: () => Held | undefined;
  /** Numbers of all, in the order they came. */
  readonly indices: () => number[];
};

/** Inserts by length, then by order. */
const insert = (sorted: Held[], held: Held): void => {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = sorted[middle];
    if (other !== undefined && other.example.ids.length <= held.example.ids.length)
      low = middle + 1;
    else high = middle;
  }
  sorted.splice(low, 0, held);
};

/** An empty buffer for rows of `capacity` tokens: longer documents are kept in a list of their own. */
export const documentBuffer = (capacity: number): DocumentBuffer => {
  const lengths: IntSet = intSet(capacity + 1);
  const byLength = new Map<number, Held[]>();
  const tooLong: Held[] = [];
  let size = 0;
  const take = (length: number): Held | undefined => {
    const queue = byLength.get(length);
    const held = queue?.shift();
    if (queue?.length === 0) {
      byLength.delete(length);
      lengths.remove(length);
    }
    if (held !== undefined) size--;
    return held;
  };
  return {
    size: () => size,
    add: (held) => {
      const { length } = held.example.ids;
      size++;
      if (length > capacity) return insert(tooLong, held);
      const queue = byLength.get(length);
      if (queue !== undefined) return void queue.push(held);
      byLength.set(length, [held]);
      lengths.add(length);
    },
    takeAtMost: (length) => take(lengths.atMost(length)),
    takeShortest: () => {
      const shortest = take(lengths.atLeast(0));
      if (shortest !== undefined || tooLong.length === 0) return shortest;
      size--;
      return tooLong.shift();
    },
    indices: () =>
      [...byLength.values(), tooLong]
        .flat()
        .sort((a, b) => a.order - b.order)
        .map(({ index }) => index),
  };
};
