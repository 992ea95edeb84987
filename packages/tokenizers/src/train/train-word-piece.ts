import type { TokenizerSpec } from "../spec/tokenizer-spec.ts";
import { checkedSettings } from "./check-settings.ts";
import { countPieces } from "./count-pieces.ts";
import { learnMerges, type MergeOptions } from "./learn-merges.ts";
import { paced } from "./paced.ts";
import { isByteLevel, trainedSpec } from "./trained-spec.ts";
import type { TrainingOptions, TrainingTexts } from "./training-options.ts";
import { withUnknown } from "./with-unknown.ts";

/** Settings of `trainWordPiece`. */
export type TrainWordPieceOptions = TrainingOptions &
  Omit<MergeOptions, "ids"> & {
    /** Stands for pieces that cannot be cut into tokens; default `[UNK]`. Id 0 where it is none of `specialTokens`. */
    readonly unkToken?: string;
    /** Pieces of more characters are unknown; default 100. */
    readonly maxInputCharsPerWord?: number;
  };

/**
 * Trains a WordPiece vocabulary: the tokens that byte-pair merging finds, with `##` before those inside words. Rejects
 * with ArgumentError for arguments that make no sense, and with TrainingStoppedError when the signal says so.
 * Source: Hugging Face's WordPieceTrainer, which merges by frequency too.
 *
 * ```ts doctest
 * import { trainWordPiece } from "@adjoint/tokenizers";
 * const spec = await trainWordPiece(["abab abc"], { vocabSize: 8, preTokenizer: { type: "Whitespace" } });
 * spec.model.type === "WordPiece" && [...spec.model.vocab.keys()].slice(4); // => ["##b", "##a", "##c", "ab"]
 * ```
 */
export const trainWordPiece = async (
  texts: TrainingTexts,
  given: TrainWordPieceOptions = {},
): Promise<TokenizerSpec> => {
  const options = checkedSettings("trainWordPiece", texts, given);
  const { unkToken = "[UNK]", maxInputCharsPerWord = 100 } = options;
  const { continuingSubwordPrefix = "##" } = options;
  const specials = withUnknown(options.specialTokens, unkToken);
  const pieces = await countPieces("trainWordPiece", texts, options);
  const settings = { ...options, continuingSubwordPrefix };
  const work = learnMerges(pieces, specials, isByteLevel(options), settings);
  const { vocab } = await paced("trainWordPiece", work, options);
  const model = {
    type: "WordPiece",
    vocab,
    unkToken,
    continuingSubwordPrefix,
    maxInputCharsPerWord,
  } as const;
  return trainedSpec(model, vocab, specials, options);
};
