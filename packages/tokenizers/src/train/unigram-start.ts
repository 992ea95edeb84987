import { byCodePoint } from "../text/by-code-point.ts";
import { byScore } from "./by-score.ts";
import { countPieces, type PieceCounts } from "./count-pieces.ts";
import { coveredCharacters, uncovered } from "./covered-characters.ts";
import type { FitOptions } from "./fit-pieces.ts";
import { type ScoredPiece, seedPieces } from "./seed-pieces.ts";
import { sentencePieceSeeds } from "./sentencepiece-seeds.ts";
import type { TrainingOptions, TrainingTexts } from "./training-options.ts";

/** What Unigram training starts from. */
export type UnigramStart = {
  /** Pieces of text and how often each came, with `uncovered` for characters that get no token. */
  readonly texts: PieceCounts;
  /** Characters that get a token, in the order in which those that training drops are scored. */
  readonly characters: readonly string[];
  /** Makes the first pieces of the model, of which there are many. */
  readonly seeds: () => readonly ScoredPiece[];
};

/** Settings of the start. */
export type StartOptions = TrainingOptions &
  FitOptions & {
    /** Characters that get a token whether they are in the texts or not. */
    readonly initialAlphabet?: Iterable<string>;
    /**
     * By SentencePiece's rule: the share of the text whose characters, the most frequent ones, get tokens; default
     * 0.9995.
     */
    readonly characterCoverage?: number;
    /** Most characters of a piece; default 16. */
    readonly maxPieceLength?: number;
    /** Most pieces to start from; default 1,000,000. */
    readonly seedSize?: number;
  };

const requiredCharacters = (
  counts: PieceCounts,
  initialAlphabet: Iterable<string>,
): readonly string[] => {
  const characters = new Set(initialAlphabet);
  for (const piece of counts.keys()) for (const character of piece) characters.add(character);
  return [...characters].toSorted(byCodePoint);
};

const huggingFaceStart = async (
  texts: TrainingTexts,
  options: StartOptions,
): Promise<UnigramStart> => {
  const { maxPieceLength = 16, seedSize = 1_000_000, initialAlphabet = [] } = options;
  const counts = await countPieces("trainUnigram", texts, options);
  return {
    texts: counts,
    characters: requiredCharacters(counts, initialAlphabet),
    seeds: () => seedPieces(counts, maxPieceLength, seedSize),
  };
};

const withoutUncovered = (
  pieces: PieceCounts,
  covered: ReadonlyMap<string, number>,
): PieceCounts => {
  const counts = new Map<string, number>();
  for (const [piece, count] of pieces) {
    const text = Array.from(piece, (each) => (covered.has(each) ? each : uncovered)).join("");
    counts.set(text, (counts.get(text) ?? 0) + count);
  }
  return counts;
};

const sentencePieceStart = async (
  texts: TrainingTexts,
  options: StartOptions,
): Promise<UnigramStart> => {
  const { maxPieceLength = 16, seedSize = 1_000_000, initialAlphabet = [] } = options;
  const { characterCoverage = 0.9995 } = options;
  const all = await countPieces("trainUnigram", texts, options);
  const covered = coveredCharacters(all, characterCoverage, initialAlphabet);
  // In the original's order, in which it adds.
  const counts = [...withoutUncovered(all, covered)].toSorted(byScore);
  return {
    texts: new Map(counts),
    characters: [...covered.keys()],
    seeds: () => sentencePieceSeeds(counts, covered, maxPieceLength, seedSize),
  };
};

/** Reads texts by the rule of the options. */
export const unigramStart = (texts: TrainingTexts, options: StartOptions): Promise<UnigramStart> =>
  options.rule === "sentencePiece"
    ? sentencePieceStart(texts, options)
    : huggingFaceStart(texts, options);
