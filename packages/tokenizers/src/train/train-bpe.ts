import type { TokenizerSpec } from "../spec/tokenizer-spec.ts";
import { countPieces } from "./count-pieces.ts";
import { checkMergeOptions, learnMerges, type MergeOptions } from "./learn-merges.ts";
import { paced } from "./paced.ts";
import { isByteLevel, trainedSpec } from "./trained-spec.ts";
import type { TrainingOptions, TrainingTexts } from "./training-options.ts";

/** Settings of `trainBpe`. */
export type TrainBpeOptions = TrainingOptions &
  MergeOptions & {
    /** Stands for characters that have no token; by default they are dropped. It must be one of `specialTokens`. */
    readonly unkToken?: string;
  };

/**
 * Trains a byte-pair encoding: starts from characters (or bytes, behind ByteLevel) and makes a token of the most frequent
 * pair until the vocabulary is full. Texts are read once and only their pieces are counted, so they may be bigger than
 * memory. Rejects with TrainingStoppedError when the signal says so.
 * Source: https://arxiv.org/abs/1508.07909; equal to Hugging Face's BpeTrainer.
 *
 * ```ts doctest
 * import { trainBpe } from "@adjoint/tokenizers";
 * const spec = await trainBpe(["aaabdaaabac"], { vocabSize: 7 });
 * spec.model.type === "BPE" && spec.model.merges; // => [["a", "a"], ["a", "b"], ["aa", "ab"]]
 * ```
 */
export const trainBpe = async (
  texts: TrainingTexts,
  options: TrainBpeOptions = {},
): Promise<TokenizerSpec> => {
  const { specialTokens = [] } = options;
  checkMergeOptions("trainBpe", options);
  const pieces = await countPieces("trainBpe", texts, options);
  const work = learnMerges(pieces, specialTokens, isByteLevel(options), options);
  const { vocab, merges } = await paced("trainBpe", work, options);
  const model = {
    type: "BPE",
    vocab,
    merges,
    unkToken: options.unkToken,
    continuingSubwordPrefix: options.continuingSubwordPrefix,
    endOfWordSuffix: options.endOfWordSuffix,
    fuseUnk: false,
    byteFallback: false,
    ignoreMerges: false,
    dropout: undefined,
  } as const;
  return trainedSpec(model, vocab, specialTokens, options);
};
