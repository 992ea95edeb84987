import type { DecoderSpec } from "../spec/decoder-spec.ts";
import type { NormalizerSpec } from "../spec/normalizer-spec.ts";
import type { PostProcessorSpec } from "../spec/post-processor-spec.ts";
import type { PreTokenizerSpec } from "../spec/pre-tokenizer-spec.ts";

/** Texts to train on: from memory, or as they come from a file or the network. */
export type TrainingTexts = Iterable<string> | AsyncIterable<string>;

/** How far a training is. */
export type TrainingProgress = {
  /** Reading texts, merging pairs, or fitting the probabilities of pieces. */
  readonly stage: "read" | "merge" | "fit";
  /** Texts read, tokens made, or rounds done. */
  readonly done: number;
  /** How many there will be, where that is known. */
  readonly total: number | undefined;
};

/** What all trainers take. */
export type TrainingOptions = {
  readonly normalizer?: NormalizerSpec;
  /** Cuts texts into the pieces that tokens never cross; without one each text is one piece. */
  readonly preTokenizer?: PreTokenizerSpec;
  readonly postProcessor?: PostProcessorSpec;
  /** By default the one that undoes the pre-tokenizer and the model. */
  readonly decoder?: DecoderSpec;
  /** Tokens that stand for no text, such as `<|endoftext|>`; they get the first ids. */
  readonly specialTokens?: readonly string[];
  /** Told now and then how far it is. */
  readonly onProgress?: (progress: TrainingProgress) => void;
  /** Stops the training: the promise is rejected with a TrainingStoppedError. */
  readonly signal?: AbortSignal;
};
