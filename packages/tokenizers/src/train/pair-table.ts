import { MergeTable } from "../models/merge-table.ts";
import { grownFloats, grownInts } from "./grown.ts";

/** Pairs of ids that stood side by side, numbered as they came, and how often each does now. */
export class PairTable {
  count = 0;
  firsts: Int32Array = new Int32Array(1 << 12);
  seconds: Int32Array = new Int32Array(1 << 12);
  /** How often each pair stands in the text. */
  weights: Float64Array = new Float64Array(1 << 12);
  /** Working memory of whoever groups by pair: all 0 in between. */
  marks: Int32Array = new Int32Array(1 << 12);
  private readonly table = new MergeTable(1 << 14);

  /** Number of a pair, or -1 where it never was. */
  find(first: number, second: number): number {
    const at = this.table.find(first, second);
    return at < 0 ? -1 : (this.table.entries[at + 2] ?? -1);
  }

  /** Number of a pair, a new one where it never was. */
  add(first: number, second: number): number {
    const known = this.find(first, second);
    if (known >= 0) return known;
    const number = this.count++;
    if (number === this.firsts.length) this.grow();
    this.table.set(first, second, number, 0);
    this.firsts[number] = first;
    this.seconds[number] = second;
    return number;
  }

  private grow(): void {
    const size = this.firsts.length * 2;
    this.firsts = grownInts(this.firsts, size);
    this.seconds = grownInts(this.seconds, size);
    this.weights = grownFloats(this.weights, size);
    this.marks = grownInts(this.marks, size);
  }
}
