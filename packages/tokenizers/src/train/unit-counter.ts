import { hashOfUnits } from "../models/piece-cache.ts";
import { grownFloats, grownInts } from "./grown.ts";

/** Counts pieces of UTF-16 units without making a string of each. */
export class UnitCounter {
  private places: Int32Array = new Int32Array(1 << 14);
  private count = 0;
  private hashes: Int32Array = new Int32Array(1 << 12);
  private starts: Int32Array = new Int32Array(1 << 12);
  private counts: Float64Array = new Float64Array(1 << 12);
  private keys: Uint16Array = new Uint16Array(1 << 15);

  /** Counts `units[start, end)` once. */
  add(units: Uint16Array, start: number, end: number): void {
    const hash = hashOfUnits(units, start, end);
    const mask = this.places.length - 1;
    const length = end - start;
    const { places, hashes, starts, keys } = this;
    let place = hash & mask;
    for (;;) {
      const entry = (places[place] ?? 0) - 1;
      if (entry < 0) return this.insert(place, hash, units, start, end);
      if (hashes[entry] === hash) {
        const from = starts[entry] ?? 0;
        let same = 0;
        if ((starts[entry + 1] ?? 0) - from === length)
          while (same < length && keys[from + same] === units[start + same]) same++;
        else same = -1;
        if (same === length) {
          this.counts[entry] = (this.counts[entry] ?? 0) + 1;
          return;
        }
      }
      place = (place + 1) & mask;
    }
  }

  /** Each piece with how often it came, in the order in which they came. */
  *entries(): Generator<[piece: string, count: number]> {
    const decoder = new TextDecoder("utf-16le", { ignoreBOM: true });
    for (let entry = 0; entry < this.count; entry++) {
      const units = this.keys.subarray(this.starts[entry] ?? 0, this.starts[entry + 1] ?? 0);
      yield [decoder.decode(units), this.counts[entry] ?? 0];
    }
  }

  private insert(
    place: number,
    hash: number,
    units: Uint16Array,
    start: number,
    end: number,
  ): void {
    const entry = this.count++;
    const from = this.starts[entry] ?? 0;
    this.hashes = grownInts(this.hashes, entry + 1);
    this.starts = grownInts(this.starts, entry + 2);
    this.counts = grownFloats(this.counts, entry + 1);
    if (this.keys.length < from + end - start) {
      const keys = new Uint16Array(Math.max(this.keys.length * 2, from + end - start));
      keys.set(this.keys);
      this.keys = keys;
    }
    for (let i = start; i < end; i++) this.keys[from + i - start] = units[i] ?? 0;
    this.hashes[entry] = hash;
    this.starts[entry + 1] = from + end - start;
    this.counts[entry] = 1;
    this.places[place] = entry + 1;
    if (this.count * 2 > this.places.length) this.rehash();
  }

  private rehash(): void {
    const places = new Int32Array(this.places.length * 2);
    const mask = places.length - 1;
    for (let entry = 0; entry < this.count; entry++) {
      let place = (this.hashes[entry] ?? 0) & mask;
      while (places[place] !== 0) place = (place + 1) & mask;
      places[place] = entry + 1;
    }
    this.places = places;
  }
}
