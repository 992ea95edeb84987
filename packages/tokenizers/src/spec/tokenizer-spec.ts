import type { AddedToken } from "./added-token.ts";
import type { DecoderSpec } from "./decoder-spec.ts";
import type { ModelSpec } from "./model-spec.ts";
import type { NormalizerSpec } from "./normalizer-spec.ts";
import type { PostProcessorSpec } from "./post-processor-spec.ts";
import type { PreTokenizerSpec } from "./pre-tokenizer-spec.ts";

/** Cutting encodings to a length. */
export type TruncationSpec = {
  readonly maxLength: number;
  readonly strategy: "longestFirst" | "onlyFirst" | "onlySecond";
  /** How many tokens an overflowing window shares with the one before. */
  readonly stride: number;
  readonly direction: "left" | "right";
};

/** Filling encodings up to a length. */
export type PaddingSpec = {
  /** The longest of a batch, or a fixed length. */
  readonly length: "longest" | number;
  readonly direction: "left" | "right";
  readonly padToMultipleOf: number | undefined;
  readonly padId: number;
  readonly padTypeId: number;
  readonly padToken: string;
};

/**
 * A whole tokenizer as plain immutable data, the content of a tokenizer.json: text is normalized, cut into pieces, the
 * pieces become tokens, special tokens are put around them.
 */
export type TokenizerSpec = {
  readonly addedTokens: readonly AddedToken[];
  readonly normalizer: NormalizerSpec | undefined;
  readonly preTokenizer: PreTokenizerSpec | undefined;
  readonly model: ModelSpec;
  readonly postProcessor: PostProcessorSpec | undefined;
  readonly decoder: DecoderSpec | undefined;
  readonly truncation: TruncationSpec | undefined;
  readonly padding: PaddingSpec | undefined;
};
