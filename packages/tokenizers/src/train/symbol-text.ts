import { grownInts } from "./grown.ts";

/** Stands between pieces, and where a symbol merged into the one before it. */
export const noSymbol = -1;

/** All pieces of a training corpus as one row of symbols: a linked list in arrays. */
export class SymbolText {
  length = 0;
  ids: Int32Array = new Int32Array(1 << 16);
  /** Place of the next symbol of the same piece, or -1. */
  next: Int32Array = new Int32Array(1 << 16);
  previous: Int32Array = new Int32Array(1 << 16);
  /** Number of the piece that a symbol belongs to. */
  pieces: Int32Array = new Int32Array(1 << 16);

  /** Appends a piece. */
  add(piece: number, ids: readonly number[]): void {
    this.reserve(this.length + ids.length);
    const start = this.length;
    ids.forEach((id, i) => {
      const at = start + i;
      this.ids[at] = id;
      this.next[at] = i + 1 < ids.length ? at + 1 : -1;
      this.previous[at] = i > 0 ? at - 1 : -1;
      this.pieces[at] = piece;
    });
    this.length += ids.length;
  }

  private reserve(least: number): void {
    this.ids = grownInts(this.ids, least);
    this.next = grownInts(this.next, least);
    this.previous = grownInts(this.previous, least);
    this.pieces = grownInts(this.pieces, least);
  }
}
