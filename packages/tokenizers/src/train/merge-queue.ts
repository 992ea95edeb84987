import { grownFloats, grownInts } from "./grown.ts";

/** Order of two entries with the same weight: below 0 where the first comes first. */
export type TieOrder = (first: number, second: number) => number;

/** Entries by weight, the greatest first; among equals the least tie number, or what `tieOrder` says. */
export class MergeQueue {
  length = 0;
  private weights: Float64Array = new Float64Array(1024);
  private ties: Float64Array = new Float64Array(1024);
  private entries: Int32Array = new Int32Array(1024);
  private readonly tieOrder: TieOrder | undefined;

  constructor(tieOrder: TieOrder | undefined) {
    this.tieOrder = tieOrder;
  }

  get topEntry(): number {
    return this.entries[0] ?? -1;
  }

  get topWeight(): number {
    return this.weights[0] ?? 0;
  }

  get topTie(): number {
    return this.ties[0] ?? 0;
  }

  push(weight: number, tie: number, entry: number): void {
    if (this.length === this.entries.length) this.grow();
    let at = this.length++;
    while (at > 0) {
      const parent = (at - 1) >> 2;
      if (!this.isBefore(weight, tie, entry, parent)) break;
      this.copy(parent, at);
      at = parent;
    }
    this.put(at, weight, tie, entry);
  }

  pop(): void {
    const last = --this.length;
    this.sink(this.weights[last] ?? 0, this.ties[last] ?? 0, this.entries[last] ?? 0);
  }

  /** Gives the top entry another weight and tie number, neither of them better. */
  lower(weight: number, tie: number): void {
    this.sink(weight, tie, this.topEntry);
  }

  /** Puts an entry in the place of the top one, and lets it sink. */
  private sink(weight: number, tie: number, entry: number): void {
    const { weights, ties, entries, length } = this;
    let at = 0;
    for (;;) {
      const first = at * 4 + 1;
      if (first >= length) break;
      const end = Math.min(first + 4, length);
      let best = first;
      for (let child = first + 1; child < end; child++) {
        const childWeight = weights[child] ?? 0;
        if (childWeight < (weights[best] ?? 0)) continue;
        if (this.isBefore(childWeight, ties[child] ?? 0, entries[child] ?? 0, best)) best = child;
      }
      if (this.isBefore(weight, tie, entry, best)) break;
      this.copy(best, at);
      at = best;
    }
    this.put(at, weight, tie, entry);
  }

  private isBefore(weight: number, tie: number, entry: number, place: number): boolean {
    const other = this.weights[place] ?? 0;
    if (weight !== other) return weight > other;
    if (this.tieOrder !== undefined) return this.tieOrder(entry, this.entries[place] ?? 0) < 0;
    return tie < (this.ties[place] ?? 0);
  }

  private copy(from: number, to: number): void {
    this.put(to, this.weights[from] ?? 0, this.ties[from] ?? 0, this.entries[from] ?? 0);
  }

  private put(at: number, weight: number, tie: number, entry: number): void {
    this.weights[at] = weight;
    this.ties[at] = tie;
    this.entries[at] = entry;
  }

  private grow(): void {
    const size = this.entries.length * 2;
    this.weights = grownFloats(this.weights, size);
    this.ties = grownFloats(this.ties, size);
    this.entries = grownInts(this.entries, size);
  }
}
