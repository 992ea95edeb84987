import { noPiece, type Trie } from "./trie.ts";

/** SentencePiece's and Hugging Face's penalty of an unknown character, below the least score. */
const unknownPenalty = 10;

/** The pieces of a Unigram model with what encoding needs beside them. */
export type Pieces = {
  readonly trie: Trie;
  readonly scores: Float64Array;
  readonly unknownId: number;
  readonly unknownScore: number;
};

/** Score of an unknown character: below that of every piece. */
export const unknownScoreOf = (scores: Float64Array): number => {
  let least = Infinity;
  for (const score of scores) if (score < least) least = score;
  return least - unknownPenalty;
};

/**
 * All ways to cut a text into pieces: each edge is a piece at a place. Edges come by their start, shorter first; a
 * character that is no piece is an edge of the unknown piece.
 */
export class Lattice {
  starts: Int32Array = new Int32Array(256);
  ends: Int32Array = new Int32Array(256);
  ids: Int32Array = new Int32Array(256);
  scores: Float64Array = new Float64Array(256);
  count = 0;
  length = 0;
  /** Working memory by place: score of the best way there, the edge that it ends with. */
  best: Float64Array = new Float64Array(256);
  bestEdge: Int32Array = new Int32Array(256);

  /** Fills in the edges and the best way to each place; the piece `without` is left out. */
  fill(text: string, { trie, scores, unknownId, unknownScore }: Pieces, without = -1): void {
    this.reset(text.length);
    const { edges } = trie;
    for (let start = 0; start < text.length;) {
      const single = isPair(text, start) ? 2 : 1;
      let hasSingle = false;
      let node = 0;
      for (let i = start; i < text.length; i++) {
        const edge = edges.find(node, text.charCodeAt(i));
        if (edge < 0) break;
        const id = edges.entries[edge + 2] ?? noPiece;
        node = edges.entries[edge + 3] ?? 0;
        if (id === noPiece || id === without) continue;
        this.push(start, i + 1, id, scores[id] ?? 0);
        if (i + 1 - start === single) hasSingle = true;
      }
      if (!hasSingle) this.push(start, start + single, unknownId, unknownScore);
      start += single;
    }
  }

  private reset(length: number): void {
    this.count = 0;
    this.length = length;
    if (this.best.length <= length || this.best.length > 1 << 16) {
      this.best = new Float64Array(Math.max(256, length * 2));
      this.bestEdge = new Int32Array(Math.max(256, length * 2));
    }
    this.best[0] = 0;
    for (let i = 1; i <= length; i++) this.best[i] = -Infinity;
    for (let i = 0; i <= length; i++) this.bestEdge[i] = -1;
  }

  private push(start: number, end: number, id: number, score: number): void {
    if (this.count === this.ids.length) this.grow();
    const edge = this.count++;
    this.starts[edge] = start;
    this.ends[edge] = end;
    this.ids[edge] = id;
    this.scores[edge] = score;
    const total = (this.best[start] ?? 0) + score;
    if (total > (this.best[end] ?? 0) || this.bestEdge[end] === -1) {
      this.best[end] = total;
      this.bestEdge[end] = edge;
    }
  }

  private grow(): void {
    const ints = (old: Int32Array): Int32Array => {
      const array = new Int32Array(old.length * 2);
      array.set(old);
      return array;
    };
    this.starts = ints(this.starts);
    this.ends = ints(this.ends);
    this.ids = ints(this.ids);
    const scores = new Float64Array(this.scores.length * 2);
    scores.set(this.scores);
    this.scores = scores;
  }

  /** The edges of the best way, last first. */
  bestPath(): number[] {
    const path: number[] = [];
    for (let at = this.length; at > 0;) {
      const edge = this.bestEdge[at] ?? -1;
      path.push(edge);
      at = this.starts[edge] ?? 0;
    }
    return path;
  }
}

const isPair = (text: string, at: number): boolean =>
  (text.charCodeAt(at) & 0xfc00) === 0xd800 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00;

/** Differences of logarithms beyond which the lesser adds nothing to 64 bits. */
const negligible = 40;

/** log(exp(a) + exp(b)) */
export const logAddExp = (a: number, b: number): number => {
  const more = a > b ? a : b;
  const difference = a > b ? b - a : a - b;
  // NaN, of two minus infinities, is no greater than anything
  return difference > -negligible ? more + Math.log1p(Math.exp(difference)) : more;
};
