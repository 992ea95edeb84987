import { MergeTable, neverMerges } from "./merge-table.ts";

/** A tree of pieces by their UTF-16 units. Its edges are pairs (node, unit) in a hash table. */
export class Trie {
  /** At +2 of an edge: the piece that ends there, or `noPiece`; at +3: the node that it leads to. */
  readonly edges: MergeTable;
  private nodes = 1;

  constructor(expected: number) {
    this.edges = new MergeTable(expected);
  }

  add(piece: string, id: number): void {
    let node = 0;
    for (let i = 0; i < piece.length; i++) {
      const unit = piece.charCodeAt(i);
      let edge = this.edges.find(node, unit);
      if (edge < 0) edge = this.edges.set(node, unit, noPiece, this.nodes++);
      if (i === piece.length - 1) this.edges.entries[edge + 2] = id;
      node = this.edges.entries[edge + 3] ?? 0;
    }
  }
}

/** No piece ends at this edge. */
export const noPiece: number = neverMerges;
