import { grownInts } from "./grown.ts";
import { MergeQueue, type TieOrder } from "./merge-queue.ts";
import { PairTable } from "./pair-table.ts";
import { noSymbol, type SymbolText } from "./symbol-text.ts";

/** Ids are below this: a pair of them is one whole number of 52 bits. */
const idLimit = 2 ** 26;

/** Which of the pairs that are equally frequent is merged first. */
export type Ties =
  | "lowestIds"
  | "firstSeen"
  /** Below 0 where the first pair comes before the second. */
  | ((first: readonly [number, number], second: readonly [number, number]) => number);

/** Whether two tokens may become one. */
export type MayMerge = (first: number, second: number) => boolean;

/** Frequency of a pair that never merges: nothing that is added changes it. */
const barred = -Infinity;

/**
 * A corpus of symbols and its pairs by frequency. Each merge touches only the places of its pair; each entry of the
 * queue has its places, and pairs whose frequency fell since sink when they come up.
 */
export class MergeTraining {
  private readonly text: SymbolText;
  private readonly weights: Float64Array;
  private readonly mayMerge: MayMerge | undefined;
  private readonly pairs = new PairTable();
  private readonly queue: MergeQueue;
  private readonly firstSeen: boolean;
  /** Places of all entries, one after another; first place and end of each entry. */
  private places: Int32Array = new Int32Array(1 << 12);
  private placeCount = 0;
  private entryStarts: Int32Array = new Int32Array(1 << 12);
  private entryEnds: Int32Array = new Int32Array(1 << 12);
  private entryPairs: Int32Array = new Int32Array(1 << 12);
  private entryCount = 0;
  /** Pairs that a merge made, and where. */
  private newPairs: Int32Array = new Int32Array(1 << 12);
  private newPlaces: Int32Array = new Int32Array(1 << 12);
  private newCount = 0;

  /** `weights` has for each piece how often it stands in the corpus; without `mayMerge` all pairs may. */
  constructor(text: SymbolText, weights: Float64Array, mayMerge: MayMerge | undefined, ties: Ties) {
    this.text = text;
    this.weights = weights;
    this.mayMerge = mayMerge;
    this.firstSeen = ties === "firstSeen";
    this.queue = new MergeQueue(typeof ties === "string" ? undefined : this.orderOf(ties));
    for (let at = 0; at < text.length; at++) {
      const after = text.next[at] ?? -1;
      if (after >= 0) this.found(text.ids[at] ?? 0, text.ids[after] ?? 0, at);
    }
    this.enqueue();
  }

  private orderOf(before: Exclude<Ties, string>): TieOrder {
    const pairOf = (entry: number): readonly [number, number] => {
      const pair = this.entryPairs[entry] ?? 0;
      return [this.pairs.firsts[pair] ?? 0, this.pairs.seconds[pair] ?? 0];
    };
    return (a, b) => before(pairOf(a), pairOf(b));
  }

  /** The most frequent pair, taken from the queue; undefined where none is left. */
  take(): { entry: number; first: number; second: number; weight: number } | undefined {
    const { queue, pairs } = this;
    while (queue.length > 0) {
      const entry = queue.topEntry;
      const pair = this.entryPairs[entry] ?? 0;
      const weight = pairs.weights[pair] ?? 0;
      const tie = this.firstSeen && weight > 0 ? this.firstPlace(entry) : queue.topTie;
      if (weight !== queue.topWeight || tie !== queue.topTie) {
        queue.lower(weight, tie);
        continue;
      }
      queue.pop();
      return { entry, first: pairs.firsts[pair] ?? 0, second: pairs.seconds[pair] ?? 0, weight };
    }
    return undefined;
  }

  /** The first place where an entry's pair still stands. */
  private firstPlace(entry: number): number {
    const { ids, next } = this.text;
    const pair = this.entryPairs[entry] ?? 0;
    const first = this.pairs.firsts[pair] ?? 0;
    const second = this.pairs.seconds[pair] ?? 0;
    const end = this.entryEnds[entry] ?? 0;
    let at = this.entryStarts[entry] ?? 0;
    for (; at < end; at++) {
      const place = this.places[at] ?? 0;
      if (ids[place] === first && ids[next[place] ?? -1] === second) break;
    }
    this.entryStarts[entry] = at;
    return at < end ? (this.places[at] ?? 0) : Infinity;
  }

  /** Merges the pair of an entry that was taken to the token `id`, wherever the entry has it. */
  merge(entry: number, id: number): void {
    const { text, pairs } = this;
    const { ids, next, previous, pieces } = text;
    const pair = this.entryPairs[entry] ?? 0;
    const first = pairs.firsts[pair] ?? 0;
    const second = pairs.seconds[pair] ?? 0;
    const end = this.entryEnds[entry] ?? 0;
    for (let i = this.entryStarts[entry] ?? 0; i < end; i++) {
      const at = this.places[i] ?? 0;
      const right = next[at] ?? -1;
      if (ids[at] !== first || right < 0 || ids[right] !== second) continue;
      const weight = this.weights[pieces[at] ?? 0] ?? 0;
      const before = previous[at] ?? -1;
      const after = next[right] ?? -1;
      ids[at] = id;
      ids[right] = noSymbol;
      next[at] = after;
      if (before >= 0) {
        this.lost(ids[before] ?? 0, first, weight);
        this.found(ids[before] ?? 0, id, before);
      }
      if (after < 0) continue;
      previous[after] = at;
      this.lost(second, ids[after] ?? 0, weight);
      this.found(id, ids[after] ?? 0, at);
    }
    this.enqueue();
  }

  private lost(first: number, second: number, weight: number): void {
    const pair = this.pairs.find(first, second);
    if (pair >= 0) this.pairs.weights[pair] = (this.pairs.weights[pair] ?? 0) - weight;
  }

  /** Number of a pair; whether it may merge is asked once. */
  private pairWith(first: number, second: number): number {
    const { pairs, mayMerge } = this;
    const { count } = pairs;
    const pair = pairs.add(first, second);
    if (pair === count && mayMerge?.(first, second) === false) pairs.weights[pair] = barred;
    return pair;
  }

  private found(first: number, second: number, place: number): void {
    const pair = this.pairWith(first, second);
    const known = this.pairs.weights[pair] ?? 0;
    if (known === barred) return;
    this.pairs.weights[pair] = known + (this.weights[this.text.pieces[place] ?? 0] ?? 0);
    if (this.newCount === this.newPairs.length) {
      this.newPairs = grownInts(this.newPairs, this.newCount + 1);
      this.newPlaces = grownInts(this.newPlaces, this.newCount + 1);
    }
    this.newPairs[this.newCount] = pair;
    this.newPlaces[this.newCount++] = place;
  }

  /** Makes entries of what was found, each with its places in order. */
  private enqueue(): void {
    const { marks } = this.pairs;
    const { newPairs, newPlaces, newCount } = this;
    this.places = grownInts(this.places, this.placeCount + newCount);
    for (let i = 0; i < newCount; i++) {
      const pair = newPairs[i] ?? 0;
      marks[pair] = (marks[pair] ?? 0) + 1;
    }
    // A first look at a pair makes its entry; from then on its mark is -1 - entry.
    for (let i = 0; i < newCount; i++) {
      const pair = newPairs[i] ?? 0;
      const mark = marks[pair] ?? 0;
      const entry = mark > 0 ? this.makeEntry(pair, mark) : -1 - mark;
      marks[pair] = -1 - entry;
      const end = this.entryEnds[entry] ?? 0;
      this.places[end] = newPlaces[i] ?? 0;
      this.entryEnds[entry] = end + 1;
    }
    for (let i = 0; i < newCount; i++) {
      const pair = newPairs[i] ?? 0;
      const mark = marks[pair] ?? 0;
      if (mark === 0) continue;
      marks[pair] = 0;
      const weight = this.pairs.weights[pair] ?? 0;
      if (weight > 0) this.queue.push(weight, this.tieOf(pair, -1 - mark), -1 - mark);
    }
    this.newCount = 0;
  }

  private makeEntry(pair: number, size: number): number {
    const entry = this.entryCount++;
    if (entry === this.entryPairs.length) {
      this.entryPairs = grownInts(this.entryPairs, entry + 1);
      this.entryStarts = grownInts(this.entryStarts, entry + 1);
      this.entryEnds = grownInts(this.entryEnds, entry + 1);
    }
    this.entryPairs[entry] = pair;
    this.entryStarts[entry] = this.placeCount;
    this.entryEnds[entry] = this.placeCount;
    this.placeCount += size;
    return entry;
  }

  private tieOf(pair: number, entry: number): number {
    if (this.firstSeen) return this.places[this.entryStarts[entry] ?? 0] ?? 0;
    return (this.pairs.firsts[pair] ?? 0) * idLimit + (this.pairs.seconds[pair] ?? 0);
  }
}
