import type { TokenizerSpec } from "../spec/tokenizer-spec.ts";
import { checkBpe, checkedSettings } from "./check-settings.ts";
import { countPieces } from "./count-pieces.ts";
import { learnMerges, type MergeOptions } from "./learn-merges.ts";
import { learnSentencePieceMerges } from "./learn-sentencepiece-merges.ts";
import { paced } from "./paced.ts";
import { type ByteFallbackOptions, reservedTokens } from "./reserved-tokens.ts";
import { isByteLevel, trainedSpec } from "./trained-spec.ts";
import type { TrainingOptions, TrainingTexts } from "./training-options.ts";

/** Settings of `trainBpe`. */
export type TrainBpeOptions = TrainingOptions &
  MergeOptions &
  ByteFallbackOptions & {
    /** Stands for characters that have no token; by default they are dropped. It must be one of `specialTokens`. */
    readonly unkToken?: string;
    /**
     * Whose vocabulary it will be: Hugging Face's (default), or the one that SentencePiece's `spm_train` makes. There,
     * tokens are of one script and at most 16 characters (`maxTokenLength: 17`), rare characters have none, of equally
     * frequent pairs the shorter join comes first, and ids go to special tokens, merges in their order, and characters,
     * the most frequent first. It takes lines without line breaks and goes with `sentencePieceSpaces`; `ties`, `ids`,
     * `limitAlphabet`, prefix and suffix are not for it.
     */
    readonly rule?: "huggingFace" | "sentencePiece";
    /**
     * By SentencePiece's rule: the share of the text whose characters, the most frequent ones, get tokens; default
     * 0.9995.
     */
    readonly characterCoverage?: number;
  };

/**
 * Trains a byte-pair encoding: starts from characters (or bytes, behind ByteLevel) and makes a token of the most frequent
 * pair until the vocabulary is full. Texts are read once and only their pieces are counted, so they may be bigger than
 * memory. Rejects with TrainingStoppedError when the signal says so, with
 * ArgumentError for arguments that make no sense or a vocabulary without room for all characters.
 * Source: https://arxiv.org/abs/1508.07909; equal to Hugging Face's BpeTrainer, or to `spm_train --model_type=bpe`.
 *
 * ```ts doctest
 * import { trainBpe } from "@adjoint/tokenizers";
 * const spec = await trainBpe(["aaabdaaabac"], { vocabSize: 7 });
 * spec.model.type === "BPE" && spec.model.merges; // => [["a", "a"], ["a", "b"], ["aa", "ab"]]
 * ```
 */
export const trainBpe = async (
  texts: TrainingTexts,
  settings: TrainBpeOptions = {},
): Promise<TokenizerSpec> => {
  const options = checkedSettings("trainBpe", texts, settings);
  checkBpe(options);
  const { specialTokens = [] } = options;
  const bySentencePiece = options.rule === "sentencePiece";
  const reserved = reservedTokens(specialTokens, options);
  const pieces = await countPieces("trainBpe", texts, options);
  const work = bySentencePiece
    ? learnSentencePieceMerges(pieces, reserved, options)
    : learnMerges(pieces, reserved, isByteLevel(options), options);
  const { vocab, merges } = await paced("trainBpe", work, options);
  const model = {
    type: "BPE",
    vocab,
    merges,
    unkToken: options.unkToken,
    continuingSubwordPrefix: options.continuingSubwordPrefix,
    endOfWordSuffix: options.endOfWordSuffix,
    fuseUnk: bySentencePiece,
    byteFallback: options.byteFallback ?? false,
    ignoreMerges: false,
    dropout: undefined,
  } as const;
  return trainedSpec(model, vocab, specialTokens, options);
};
