import { MergeHeap } from "./merge-heap.ts";
import { type MergeTable, neverMerges } from "./merge-table.ts";

/** Up to here, looking through all pairs for each merge is faster than a heap. */
const shortest = 48;

/** The symbols of a piece while they merge: ids, and where each starts and ends in the piece. */
export class Symbols {
  ids: Int32Array = new Int32Array(256);
  starts: Int32Array = new Int32Array(256);
  ends: Int32Array = new Int32Array(256);
  length = 0;
  private ranks = new Int32Array(shortest + 1);

  push(id: number, start: number, end: number): void {
    if (this.length === this.ids.length) this.reserve(this.length * 2);
    this.ids[this.length] = id;
    this.starts[this.length] = start;
    this.ends[this.length++] = end;
  }

  /** Makes room for `capacity` symbols. */
  reserve(capacity: number): void {
    if (capacity <= this.ids.length) return;
    this.ids = grown(this.ids, capacity);
    this.starts = grown(this.starts, capacity);
    this.ends = grown(this.ends, capacity);
  }

  /** Empties it, and gives up the memory of a huge piece. */
  clear(): void {
    this.length = 0;
    if (this.ids.length <= 1 << 16) return;
    this.ids = new Int32Array(256);
    this.starts = new Int32Array(256);
    this.ends = new Int32Array(256);
  }

  /** Merges pairs, lowest rank first, leftmost first among equals, until none is left. */
  merge(table: MergeTable): void {
    if (this.length <= shortest) this.mergeShort(table);
    else this.mergeLong(table, 0, never);
  }

  /** The same, but each merge that comes up is put off with probability `dropout` until another one is done. */
  mergeSome(table: MergeTable, dropout: number, random: () => number): void {
    this.mergeLong(table, dropout, random);
  }

  private mergeShort(table: MergeTable): void {
    const { ids, ranks, ends, starts } = this;
    let last = this.length - 1;
    for (let i = 0; i < last; i++) ranks[i] = table.rankOf(ids[i] ?? 0, ids[i + 1] ?? 0);
    for (;;) {
      let best = neverMerges;
      let at = -1;
      for (let i = 0; i < last; i++) {
        const rank = ranks[i] ?? neverMerges;
        if (rank < best) {
          best = rank;
          at = i;
        }
      }
      if (at < 0) break;
      ids[at] = table.entries[table.find(ids[at] ?? 0, ids[at + 1] ?? 0) + 3] ?? 0;
      ends[at] = ends[at + 1] ?? 0;
      last--;
      for (let i = at + 1; i <= last; i++) {
        ids[i] = ids[i + 1] ?? 0;
        starts[i] = starts[i + 1] ?? 0;
        ends[i] = ends[i + 1] ?? 0;
        ranks[i] = ranks[i + 1] ?? 0;
      }
      if (at < last) ranks[at] = table.rankOf(ids[at] ?? 0, ids[at + 1] ?? 0);
      if (at > 0) ranks[at - 1] = table.rankOf(ids[at - 1] ?? 0, ids[at] ?? 0);
    }
    this.length = last + 1;
  }

  /** A heap of merges over a linked list of symbols: n log n, however long the piece. */
  private mergeLong(table: MergeTable, dropout: number, random: () => number): void {
    const { ids, ends, length } = this;
    const next = new Int32Array(length);
    const previous = new Int32Array(length);
    const heap = new MergeHeap(length);
    const offer = (at: number, second: number): void => {
      const rank = table.rankOf(ids[at] ?? 0, ids[second] ?? 0);
      if (rank !== neverMerges) heap.push(rank, at);
    };
    for (let i = 0; i < length; i++) {
      next[i] = i + 1;
      previous[i] = i - 1;
      if (i + 1 < length) offer(i, i + 1);
    }
    let putOff: [rank: number, at: number][] = [];
    while (heap.length > 0) {
      const [rank, at] = [heap.topRank, heap.topPlace];
      heap.pop();
      if (dropout > 0 && random() < dropout) {
        putOff.push([rank, at]);
        continue;
      }
      for (const [rank, at] of putOff) heap.push(rank, at);
      if (putOff.length > 0) putOff = [];
      const second = next[at] ?? length;
      // What was offered may be gone: its left symbol merged into another, or either of the two changed.
      if (ids[at] === gone || second >= length) continue;
      const entry = table.find(ids[at] ?? 0, ids[second] ?? 0);
      if (entry < 0 || table.entries[entry + 2] !== rank) continue;
      ids[at] = table.entries[entry + 3] ?? 0;
      ends[at] = ends[second] ?? 0;
      ids[second] = gone;
      const after = next[second] ?? length;
      next[at] = after;
      if (after < length) {
        previous[after] = at;
        offer(at, after);
      }
      const before = previous[at] ?? -1;
      if (before >= 0) offer(before, at);
    }
    this.dropGone();
  }

  private dropGone(): void {
    const { ids, starts, ends } = this;
    let kept = 0;
    for (let i = 0; i < this.length; i++) {
      if (ids[i] === gone) continue;
      ids[kept] = ids[i] ?? 0;
      starts[kept] = starts[i] ?? 0;
      ends[kept++] = ends[i] ?? 0;
    }
    this.length = kept;
  }
}

/** Id of a symbol that merged into the one before it. */
const gone = -1;

const never = (): number => 1;

const grown = (array: Int32Array, capacity: number): Int32Array => {
  const copy = new Int32Array(Math.max(capacity, array.length * 2));
  copy.set(array);
  return copy;
};
