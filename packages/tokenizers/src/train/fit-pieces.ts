import { digamma } from "./digamma.ts";
import { roundedExpectedCounts } from "./rounded-expected-counts.ts";
import { bestCounts, expectedCounts, preparedPieces } from "./expected-counts.ts";
import { type PruneRule, prunePieces } from "./prune-pieces.ts";
import type { ScoredPiece } from "./seed-pieces.ts";
import type { TrainingProgress } from "./training-options.ts";

/** Settings of Unigram training. */
export type FitOptions = {
  /** How many tokens there will be; default 8,000. */
  readonly vocabSize?: number;
  /** What share of the pieces a round of pruning keeps; default 0.75. */
  readonly shrinkingFactor?: number;
  /** Rounds of expectation and maximization between two prunings; default 2. */
  readonly nSubIterations?: number;
  /**
   * Whose pieces it finds: those of Hugging Face's trainer (default) or of SentencePiece's. They start from other parts of
   * the text, stop pruning at other sizes, and SentencePiece's also drops characters that the best cuts do without.
   */
  readonly rule?: "huggingFace" | "sentencePiece";
  /** How pruning judges what a piece is worth; by default as `rule` does. */
  readonly pruneRule?: PruneRule;
};

/** Pieces that are expected less often are dropped. */
const leastExpected = 0.5;

/** Rounds to what a trainer computes in. */
type Round = (x: number) => number;

/** Log probabilities from expected counts (the M step), with the sparse prior of a variational Dirichlet. */
const maximized = (
  pieces: readonly ScoredPiece[],
  expected: Float64Array,
  round: Round,
): readonly ScoredPiece[] => {
  const kept = pieces.flatMap(([piece], id): ScoredPiece[] => {
    const count = expected[id] ?? 0;
    return id > 0 && count >= leastExpected ? [[piece, count]] : [];
  });
  const total = round(digamma(kept.reduce((sum, [, count]) => round(sum + count), 0)));
  const scored = kept.map(([piece, count]): ScoredPiece => [piece, round(digamma(count) - total)]);
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

/** Where the two originals differ; sizes have the unknown piece, which stands first, in them. */
type Differences = {
  /** How many pieces end the pruning. */
  readonly wanted: number;
  /** How many of so many pieces a round of pruning keeps. */
  readonly keptOf: (count: number) => number;
  /** SentencePiece counts unknown characters for its first piece, Hugging Face for none. */
  readonly unknownId: number;
  readonly pruneRule: PruneRule;
  readonly dropsUnused: boolean;
  /** SentencePiece computes in 32 bits. */
  readonly round: Round;
  readonly expectedCounts: typeof expectedCounts;
};

const differencesOf = (options: FitOptions): Differences => {
  const { vocabSize = 8000, shrinkingFactor = 0.75, rule = "huggingFace" } = options;
  const bySentencePiece = rule === "sentencePiece";
  const unknownId = bySentencePiece ? 1 : 0;
  return {
    wanted: Math.floor((vocabSize * 11) / 10) + unknownId,
    keptOf: (count) => Math.floor((count - unknownId) * shrinkingFactor) + unknownId,
    unknownId,
    pruneRule: options.pruneRule ?? rule,
    dropsUnused: bySentencePiece,
    round: bySentencePiece ? Math.fround : (x) => x,
    expectedCounts: bySentencePiece ? roundedExpectedCounts : expectedCounts,
  };
};

/**
 * Pieces of a Unigram model from counted texts, the unknown piece first: from many seeds, expectation and maximization
 * fit probabilities and pruning drops what is worth least, until about a tenth more is left than wanted.
 * Source: https://arxiv.org/abs/1804.10959; Hugging Face's UnigramTrainer; SentencePiece's, in
 * https://github.com/google/sentencepiece/blob/master/src/unigram_model_trainer.cc
 */
export function* fitPieces(
  texts: readonly (readonly [string, number])[],
  seeds: readonly ScoredPiece[],
  options: FitOptions,
): Generator<TrainingProgress, readonly ScoredPiece[], void> {
  const { nSubIterations = 2 } = options;
  const differences = differencesOf(options);
  const { wanted, keptOf, unknownId, round } = differences;
  let pieces: readonly ScoredPiece[] = [["", Number.NaN], ...seeds];
  for (let done = 0; ; done++) {
    const progress: TrainingProgress = { stage: "fit", done, total: undefined };
    for (let i = 0; i < nSubIterations; i++) {
      const prepared = preparedPieces(pieces, unknownId, round);
      const expected = yield* step(differences.expectedCounts(texts, prepared), progress);
      pieces = maximized(pieces, expected, round);
    }
    if (pieces.length <= wanted) return pieces;
    const prepared = preparedPieces(pieces, unknownId, round);
    const best = yield* step(bestCounts(texts, prepared), progress);
    const size = Math.max(wanted, keptOf(pieces.length));
    const work = prunePieces(pieces, prepared, best, { size, ...differences });
    const pruned = yield* step(work, progress);
    if (pruned.length === pieces.length) return pieces;
    pieces = pruned;
  }
}
