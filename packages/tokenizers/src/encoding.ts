/** What a text (or a pair of texts) became. All arrays have one entry a token. */
export type Encoding = {
  readonly ids: Int32Array;
  /** 0 for tokens of the first text, 1 for those of the second (as the post-processor says). */
  readonly typeIds: Int32Array;
  readonly tokens: readonly string[];
  /** Start and end of each token in the text it came from, in UTF-16 units: `text.slice(start, end)`; [start0, end0, start1, …]. */
  readonly offsets: Int32Array;
  /** Place of the piece that each token came from; -1 for tokens that came from no text. */
  readonly wordIds: Int32Array;
  /** Which text each token came from: 0, 1, or -1. */
  readonly sequenceIds: Int32Array;
  /** 1 for tokens, 0 for padding. */
  readonly attentionMask: Uint8Array;
  /** 1 for tokens that the post-processor or padding put in. */
  readonly specialTokensMask: Uint8Array;
  /** What truncation cut off, as windows of the same length. */
  readonly overflowing: readonly Encoding[];
};
