import { Lattice, type Pieces } from "../models/lattice.ts";
import type { ScoredPiece } from "./seed-pieces.ts";

/** What a piece would be cut into without itself; undefined where that cut is better than the piece, empty for one character. */
const alternativeOf = (
  lattice: Lattice,
  piece: string,
  id: number,
  pieces: Pieces,
): readonly number[] | undefined => {
  if (piece.length === ((piece.codePointAt(0) ?? 0) > 0xffff ? 2 : 1)) return [];
  lattice.fill(piece, pieces, id);
  if ((lattice.best[piece.length] ?? 0) > (pieces.scores[id] ?? 0)) return undefined;
  return lattice.bestPath().map((edge) => lattice.ids[edge] ?? 0);
};

/**
 * How the count of all pieces grows when a piece is replaced by its alternative: by what the alternative has more (as
 * SentencePiece means it), or by as much for each piece of the vocabulary (as Hugging Face computes it, which favours
 * frequent pieces: https://github.com/huggingface/tokenizers/issues/2069).
 */
export type PruneRule = "sentencePiece" | "huggingFace";

/** How much the likelihood falls when a piece is replaced by its alternative everywhere. */
const lossOf = (
  id: number,
  alternative: readonly number[],
  counts: Float64Array,
  sum: number,
  { pruneRule, round }: Pruning,
): number => {
  const count = counts[id] ?? 0;
  const more = pruneRule === "sentencePiece" ? alternative.length - 1 : counts.length - 1;
  const own = round(Math.log(count) - round(Math.log(sum)));
  const logSum = round(Math.log(round(sum + round(count * more))));
  const replaced = alternative.reduceRight(
    (total, other) => round(total + Math.log((counts[other] ?? 0) + count) - logSum),
    0,
  );
  return round(round(count / sum) * round(own - replaced));
};

/** How many pieces stay, how their worth is judged, and whether those go that no best cut has. */
export type Pruning = {
  readonly size: number;
  readonly pruneRule: PruneRule;
  readonly dropsUnused: boolean;
  /** Rounds to what the trainer computes in. */
  readonly round: (x: number) => number;
};

/**
 * The pieces that are worth most, at most `size`; `counts` has how often each stands in the best cuts of the texts. What
 * cannot be cut otherwise stays (in SentencePiece if it is used), and so does, in Hugging Face's, what is better cut.
 * Source: prune_sentence_pieces in
 * https://github.com/huggingface/tokenizers/blob/main/tokenizers/src/models/unigram/trainer.rs
 */
export function* prunePieces(
  pieces: readonly ScoredPiece[],
  prepared: Pieces,
  counts: Float64Array,
  pruning: Pruning,
): Generator<void, readonly ScoredPiece[], void> {
  const sum = counts.reduce((total, count) => total + count, 0);
  const { size, dropsUnused } = pruning;
  const lattice = new Lattice();
  const kept = pieces.slice(0, 1);
  const candidates: (readonly [ScoredPiece, number])[] = [];
  for (const [id, piece] of pieces.entries()) {
    if (id === 0) continue;
    yield;
    const count = counts[id] ?? 0;
    const alternative = alternativeOf(lattice, piece[0], id, prepared);
    if (count === 0 && (dropsUnused || alternative?.length !== 0)) continue;
    if (alternative !== undefined && alternative.length > 0)
      candidates.push([piece, lossOf(id, alternative, counts, sum, pruning)]);
    else if (alternative !== undefined || !dropsUnused) kept.push(piece);
  }
  const best = candidates.toSorted(([, a], [, b]) => b - a);
  for (const [piece] of best.slice(0, Math.max(0, size - kept.length))) kept.push(piece);
  return kept;
}
