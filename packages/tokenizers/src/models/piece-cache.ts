/** Pieces and their ids that were computed before, found by their UTF-16 units without making a string. */
export class PieceCache {
  /** Number of each entry + 1, by hash; 0 where there is none. */
  private readonly places = new Int32Array(1 << 16);
  private readonly hashes = new Int32Array(entries);
  private readonly keyEnds = new Int32Array(entries + 1);
  private readonly keys = new Uint16Array(entries * 12);
  private readonly idEnds = new Int32Array(entries + 1);
  /** Ids of all entries. */
  readonly ids: Int32Array = new Int32Array(entries * 6);
  private count = 0;

  /** The entry of `units[start, end)`, or -1. */
  find(units: Uint16Array, start: number, end: number, hash: number): number {
    const { places, hashes, keyEnds, keys } = this;
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

  /** Remembers the ids of a piece; empties itself first where it is full. */
  add(
    units: Uint16Array,
    start: number,
    end: number,
    hash: number,
    found: Int32Array,
    foundCount: number,
  ): void {
    const keyEnd = () => this.keyEnds[this.count] ?? 0;
    const idEnd = () => this.idEnds[this.count] ?? 0;
    if (
      this.count === entries ||
      keyEnd() + end - start > this.keys.length ||
      idEnd() + foundCount > this.ids.length
    )
      this.clear();
    for (let probe = 0; probe < probes; probe++) {
      const place = (hash + probe) & mask;
      if (this.places[place] !== 0) continue;
      const entry = this.count;
      const keyStart = keyEnd();
      const idStart = idEnd();
      for (let i = start; i < end; i++) this.keys[keyStart + i - start] = units[i] ?? 0;
      for (let i = 0; i < foundCount; i++) this.ids[idStart + i] = found[i] ?? 0;
      this.hashes[entry] = hash;
      this.keyEnds[entry + 1] = keyStart + end - start;
      this.idEnds[entry + 1] = idStart + foundCount;
      this.places[place] = ++this.count;
      return;
    }
  }

  private clear(): void {
    this.places.fill(0);
    this.count = 0;
  }
}

const entries = 1 << 15;
const mask = (1 << 16) - 1;
/** How many places are looked at: pieces whose hashes collide more often are computed each time. */
const probes = 8;

/** A hash of `units[start, end)`. */
export const hashOfUnits = (units: Uint16Array, start: number, end: number): number => {
  let hash = end - start;
  for (let i = start; i < end; i++)
    hash = Math.imul(hash ^ (units[i] ?? 0), 0x9e3779b1) ^ (hash >>> 15);
  return (hash ^ (hash >>> 13)) | 0;
};
