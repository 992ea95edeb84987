/** Entries at first, and at most: beyond it starts anew. */
const leastEntries = 1 << 11;
const mostEntries = 1 << 17;
/** Room for an entry's units and ids, on the average. */
const unitsEach = 12;
const idsEach = 6;
/** How many places are looked at: pieces whose hashes collide more often are computed each time. */
const probes = 8;

/** Pieces and their ids that were computed before, found by their UTF-16 units without making a string. */
export class PieceCache {
  private capacity = leastEntries;
  /** Number of each entry + 1, by hash; 0 where there is none. */
  private places: Int32Array = new Int32Array(leastEntries * 2);
  private hashes: Int32Array = new Int32Array(leastEntries);
  private keyEnds: Int32Array = new Int32Array(leastEntries + 1);
  private keys: Uint16Array = new Uint16Array(leastEntries * unitsEach);
  private idEnds: Int32Array = new Int32Array(leastEntries + 1);
  /** Ids of all entries. */
  ids: Int32Array = new Int32Array(leastEntries * idsEach);
  private count = 0;

  /** The entry of `units[start, end)`, or -1. */
  find(units: Uint16Array, start: number, end: number, hash: number): number {
    const { places, hashes, keyEnds, keys } = this;
    const mask = places.length - 1;
    const length = end - start;
    for (let probe = 0; probe < probes; probe++) {
      const entry = (places[(hash + probe) & mask] ?? 0) - 1;
      if (entry < 0) return -1;
      if (hashes[entry] !== hash) continue;
      const from = keyEnds[entry] ?? 0;
      if ((keyEnds[entry + 1] ?? 0) - from !== length) continue;
      let same = 0;
      while (same < length && keys[from + same] === units[start + same]) same++;
      if (same === length) return entry;
    }
    return -1;
  }

  /** Where the ids of an entry start in `ids`. */
  idStart(entry: number): number {
    return this.idEnds[entry] ?? 0;
  }

  /** Where the ids of an entry end in `ids`. */
  idEnd(entry: number): number {
    return this.idEnds[entry + 1] ?? 0;
  }

  /** Remembers the first `foundCount` of `found` as the ids of a piece. */
  add(
    units: Uint16Array,
    start: number,
    end: number,
    hash: number,
    found: Int32Array,
    foundCount: number,
  ): void {
    this.makeRoom(end - start, foundCount);
    const entry = this.count;
    if (!this.claim(hash, entry)) return;
    const keyStart = this.keyEnds[entry] ?? 0;
    const idStart = this.idEnds[entry] ?? 0;
    for (let i = start; i < end; i++) this.keys[keyStart + i - start] = units[i] ?? 0;
    for (let i = 0; i < foundCount; i++) this.ids[idStart + i] = found[i] ?? 0;
    this.hashes[entry] = hash;
    this.keyEnds[entry + 1] = keyStart + end - start;
    this.idEnds[entry + 1] = idStart + foundCount;
    this.count++;
  }

  /** Gives an entry a place by its hash; false where all of them are taken. */
  private claim(hash: number, entry: number): boolean {
    const mask = this.places.length - 1;
    for (let probe = 0; probe < probes; probe++) {
      const place = (hash + probe) & mask;
      if (this.places[place] !== 0) continue;
      this.places[place] = entry + 1;
      return true;
    }
    return false;
  }

  private makeRoom(units: number, ids: number): void {
    const { count } = this;
    const fits =
      count < this.capacity &&
      (this.keyEnds[count] ?? 0) + units <= this.keys.length &&
      (this.idEnds[count] ?? 0) + ids <= this.ids.length;
    if (fits) return;
    if (this.capacity < mostEntries) return this.grow();
    this.places.fill(0);
    this.count = 0;
  }

  private grow(): void {
    this.capacity *= 4;
    this.hashes = copied(this.hashes, new Int32Array(this.capacity));
    this.keyEnds = copied(this.keyEnds, new Int32Array(this.capacity + 1));
    this.keys = copied(this.keys, new Uint16Array(this.capacity * unitsEach));
    this.idEnds = copied(this.idEnds, new Int32Array(this.capacity + 1));
    this.ids = copied(this.ids, new Int32Array(this.capacity * idsEach));
    this.places = new Int32Array(this.capacity * 2);
    for (let entry = 0; entry < this.count; entry++) this.claim(this.hashes[entry] ?? 0, entry);
  }
}

const copied = <A extends Int32Array | Uint16Array>(from: A, to: A): A => {
  to.set(from);
  return to;
};

/** A hash of `units[start, end)`. */
export const hashOfUnits = (units: Uint16Array, start: number, end: number): number => {
  let hash = end - start;
  for (let i = start; i < end; i++)
    hash = Math.imul(hash ^ (units[i] ?? 0), 0x9e3779b1) ^ (hash >>> 15);
  return (hash ^ (hash >>> 13)) | 0;
};
