import type { PieceCounts } from "./count-pieces.ts";
import { digamma } from "./digamma.ts";
import { bestCounts, expectedCounts, preparedPieces } from "./expected-counts.ts";
import { type PruneRule, prunePieces } from "./prune-pieces.ts";
import { type ScoredPiece, seedPieces } from "./seed-pieces.ts";
import type { TrainingProgress } from "./training-options.ts";

/** Settings of Unigram training. */
export type FitOptions = {
  /** How many tokens there will be; default 8,000. */
  readonly vocabSize?: number;
  /** What share of the pieces a round of pruning keeps; default 0.75. */
  readonly shrinkingFactor?: number;
  /** Rounds of expectation and maximization between two prunings; default 2. */
  readonly nSubIterations?: number;
  /** Most characters of a piece; default 16. */
  readonly maxPieceLength?: number;
  /** Most pieces to start from; default 1,000,000. */
  readonly seedSize?: number;
  /** How pruning judges what a piece is worth; default `"huggingFace"`. */
  readonly pruneRule?: PruneRule;
};

/** Pieces that are expected less often are dropped. */
const leastExpected = 0.5;

/** Log probabilities from expected counts (the M step), with the sparse prior of a variational Dirichlet. */
const maximized = (
  pieces: readonly ScoredPiece[],
  expected: Float64Array,
): readonly ScoredPiece[] => {
  const kept = pieces.flatMap(([piece], id): ScoredPiece[] => {
    const count = expected[id] ?? 0;
    return id > 0 && count >= leastExpected ? [[piece, count]] : [];
  });
  const total = digamma(kept.reduce((sum, [, count]) => sum + count, 0));
  const scored = kept.map(([piece, count]): ScoredPiece => [piece, digamma(count) - total]);
  return [...pieces.slice(0, 1), ...scored];
};

/** Runs a part of the work; its steps are steps of the whole. */
function* step<T>(
  work: Generator<void, T, void>,
  progress: TrainingProgress,
): Generator<TrainingProgress, T, void> {
  for (;;) {
    const next = work.next();
    if (next.done === true) return next.value;
    yield progress;
  }
}

/**
 * Pieces of a Unigram model from counted pieces of text, the unknown piece first: from many parts, expectation and
 * maximization fit probabilities and pruning drops what is worth least, until about a tenth more is left than wanted.
 * Source: https://arxiv.org/abs/1804.10959; Hugging Face's UnigramTrainer.
 */
export function* fitPieces(
  counts: PieceCounts,
  options: FitOptions,
): Generator<TrainingProgress, readonly ScoredPiece[], void> {
  const { vocabSize = 8000, shrinkingFactor = 0.75, nSubIterations = 2 } = options;
  const { maxPieceLength = 16, seedSize = 1_000_000, pruneRule = "huggingFace" } = options;
  const texts = [...counts];
  const wanted = Math.floor((vocabSize * 11) / 10);
  let pieces: readonly ScoredPiece[] = [
    ["", Number.NaN],
    ...seedPieces(counts, maxPieceLength, seedSize),
  ];
  for (let done = 0; ; done++) {
    const progress: TrainingProgress = { stage: "fit", done, total: undefined };
    for (let i = 0; i < nSubIterations; i++) {
      const expected = yield* step(expectedCounts(texts, preparedPieces(pieces)), progress);
      pieces = maximized(pieces, expected);
    }
    if (pieces.length <= wanted) return pieces;
    const prepared = preparedPieces(pieces);
    const best = yield* step(bestCounts(texts, prepared), progress);
    const size = Math.max(wanted, Math.floor(pieces.length * shrinkingFactor));
    const pruned = yield* step(prunePieces(pieces, prepared, best, size, pruneRule), progress);
    if (pruned.length === pieces.length) return pieces;
    pieces = pruned;
  }
}
