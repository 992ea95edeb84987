/** Ids that are collected one after another, in an array that grows: the working memory of an encoder. */
export class IdBuffer {
  /** The ids; only the first `length` count. */
  ids: Int32Array;
  /** How many there are. */
  length = 0;

  constructor(capacity = 64) {
    this.ids = new Int32Array(Math.max(capacity, 4));
  }

  push(id: number): void {
    if (this.length === this.ids.length) this.reserve(1);
    this.ids[this.length++] = id;
  }

  /** Appends the first `count` of `ids`. */
  append(ids: Int32Array, count: number): void {
    this.reserve(count);
    this.ids.set(ids.subarray(0, count), this.length);
    this.length += count;
  }

  /** Makes room for `count` more. */
  reserve(count: number): void {
    const least = this.length + count;
    if (least <= this.ids.length) return;
    const grown = new Int32Array(Math.max(least, this.ids.length * 2));
    grown.set(this.ids.subarray(0, this.length));
    this.ids = grown;
  }

  /** A copy of what was collected. */
  toArray(): Int32Array {
    return this.ids.slice(0, this.length);
  }
}
