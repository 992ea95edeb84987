import type { Encoding } from "./encoding.ts";
import type { TokenizerSpec, PaddingSpec, TruncationSpec } from "./spec/tokenizer-spec.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** How a text is encoded. */
export type EncodeOptions = {
  /** Whether the post-processor's special tokens (`[CLS]`, `<s>`) are put around; default true. */
  readonly addSpecialTokens?: boolean;
  /**
   * Special tokens that may be recognised inside the text: all (default), or none: then they are ordinary text, which
   * is what untrusted text needs.
   */
  readonly specialTokensInText?: "all" | "none";
  /** Replaces the spec's truncation; `false` for none. */
  readonly truncation?: TruncationSpec | false;
  /** Replaces the spec's padding; `false` for none. */
  readonly padding?: PaddingSpec | false;
};

/** A text, or a pair of texts such as question and context. */
export type EncodeInput = string | readonly [string, string];

/** How ids are decoded. */
export type DecodeOptions = {
  /** Leaves special tokens out; default false. */
  readonly skipSpecialTokens?: boolean;
};

/** Ids that come one after another, as text; never half a character. */
export type DecodeStream = {
  /** The text that became certain with these ids. */
  readonly push: (...ids: readonly number[]) => string;
  /** The rest; bytes that are no character become U+FFFD. */
  readonly end: () => string;
};

/** A tokenizer of the tokenizer.json family: an immutable value, its functions pure up to a bounded cache. */
export type TextTokenizer = Pick<Tokenizer, "vocabSize"> & {
  /** Everything it is made of, as data. */
  readonly spec: TokenizerSpec;
  /** The ids of a text. The fast way: nothing but ids is made. */
  readonly encode: (text: EncodeInput, options?: EncodeOptions) => Int32Array;
  /** Ids, tokens, offsets and masks of a text or a pair. */
  readonly encoding: (text: EncodeInput, options?: EncodeOptions) => Encoding;
  /** The same for many texts, padded to the longest where the spec or the options ask for padding. */
  readonly encodeBatch: (
    texts: readonly EncodeInput[],
    options?: EncodeOptions,
  ) => readonly Encoding[];
  readonly decode: (ids: Iterable<number>, options?: DecodeOptions) => string;
  readonly decodeBatch: (
    ids: readonly Iterable<number>[],
    options?: DecodeOptions,
  ) => readonly string[];
  /** Decodes ids as they come. */
  readonly decodeStream: (options?: DecodeOptions) => DecodeStream;
  /** The id of a token, added tokens included. */
  readonly tokenToId: (token: string) => number | undefined;
  /** The token of an id, added tokens included. */
  readonly idToToken: (id: number) => string | undefined;
};
