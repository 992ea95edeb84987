/** Fields of an entry: first id, second id, rank, id of the join. */
const fields = 4;
const empty = -1;
/** Rank of two tokens that never merge. */
export const neverMerges = 0x7fffffff;
/** A table that learns is emptied when it has so many entries. */
const mostLearned = 1 << 20;

/** What two tokens merge to; undefined where they do not. */
export type Resolve = (first: number, second: number) => { rank: number; id: number } | undefined;

/** The merges of a BPE model: a hash table in one array, from pairs of ids to ranks and to ids of the joins. */
export class MergeTable {
  /** [first, second, rank, id] of each place. */
  entries: Int32Array;
  private mask: number;
  private count = 0;
  private readonly resolve: Resolve | undefined;

  /** With `resolve`, pairs that are not in the table are asked for and remembered. */
  constructor(expected: number, resolve?: Resolve) {
    let places = 16;
    while (places < expected * 2) places *= 2;
    this.entries = new Int32Array(places * fields).fill(empty);
    this.mask = places - 1;
    this.resolve = resolve;
  }

  /** Where the pair is in `entries`, or -1: rank and id are at +2 and +3. */
  find(first: number, second: number): number {
    const { entries, mask } = this;
    let place = hashOf(first, second) & mask;
    for (;;) {
      const at = place * fields;
      const here = entries[at];
      if (here === first && entries[at + 1] === second) return at;
      if (here === empty) return this.resolve === undefined ? -1 : this.learn(first, second);
      place = (place + 1) & mask;
    }
  }

  /** Rank of the pair, or `neverMerges`. */
  rankOf(first: number, second: number): number {
    const at = this.find(first, second);
    return at < 0 ? neverMerges : (this.entries[at + 2] ?? neverMerges);
  }

  /** Sets what a pair merges to; a pair that comes again keeps the later. */
  set(first: number, second: number, rank: number, id: number): number {
    if (this.count * 2 > this.mask) this.grow();
    const { entries, mask } = this;
    let place = hashOf(first, second) & mask;
    while (entries[place * fields] !== empty) {
      if (entries[place * fields] === first && entries[place * fields + 1] === second) break;
      place = (place + 1) & mask;
    }
    const at = place * fields;
    if (entries[at] === empty) this.count++;
    entries[at] = first;
    entries[at + 1] = second;
    entries[at + 2] = rank;
    entries[at + 3] = id;
    return at;
  }

  private learn(first: number, second: number): number {
    if (this.count >= mostLearned) {
      this.entries.fill(empty);
      this.count = 0;
    }
    const merge = this.resolve?.(first, second);
    return this.set(first, second, merge?.rank ?? neverMerges, merge?.id ?? 0);
  }

  private grow(): void {
    const old = this.entries;
    this.entries = new Int32Array(old.length * 2).fill(empty);
    this.mask = this.mask * 2 + 1;
    this.count = 0;
    for (let at = 0; at < old.length; at += fields) {
      const first = old[at] ?? empty;
      if (first !== empty) this.set(first, old[at + 1] ?? 0, old[at + 2] ?? 0, old[at + 3] ?? 0);
    }
  }
}

const hashOf = (first: number, second: number): number => {
  const mixed = Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca77);
  return (mixed ^ (mixed >>> 15)) >>> 0;
};
