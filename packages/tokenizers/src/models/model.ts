import type { ModelSpec } from "../spec/model-spec.ts";
import { bpe } from "./bpe.ts";
import type { IdBuffer } from "./id-buffer.ts";
import { unigram } from "./unigram.ts";
import { wordLevel } from "./word-level.ts";
import { wordPiece } from "./word-piece.ts";

/** A model ready to encode: pieces become ids. Pure up to a bounded cache of pieces that were seen before. */
export type Model = {
  readonly vocabSize: number;
  readonly tokenToId: (token: string) => number | undefined;
  readonly idToToken: (id: number) => string | undefined;
  /**
   * Appends the ids of one piece, which is normalized, pre-tokenized and in the model's alphabet (byte-level characters
   * behind ByteLevel). Throws TokenizerFormatError for an unknown piece where the vocabulary lacks the unknown token.
   */
  readonly encodePiece: (piece: string, out: IdBuffer) => void;
  /**
   * The same, and for each id two numbers in `spans`: where its token starts and ends in the piece, in UTF-16 units.
   * Tokens of the bytes of one character span the whole character each.
   */
  readonly encodePieceWithSpans: (piece: string, out: IdBuffer, spans: IdBuffer) => void;
  /**
   * The fast way for byte-level vocabularies: appends the ids of the raw text `units[start, end)`, as `encodePiece` gives
   * them for its UTF-8 bytes in the byte-level alphabet (a lone surrogate is U+FFFD). Undefined for models other than BPE.
   */
  readonly encodeBytes:
    | ((units: Uint16Array, start: number, end: number, out: IdBuffer) => void)
    | undefined;
  /**
   * Appends ids of a random segmentation: BPE-dropout for BPE (with the spec's probability), a draw in proportion to
   * probability (to the power of `smoothing`, default 1) for Unigram. `random` gives numbers in [0, 1). Undefined for
   * models that have none.
   */
  readonly samplePiece:
    | ((piece: string, random: () => number, out: IdBuffer, smoothing?: number) => void)
    | undefined;
};

/**
 * Prepares a model for encoding: tables of its merges, a trie of its pieces. Throws TokenizerFormatError. `hidden` are the
 * ids of special tokens, which are found before the model sees a text or not at all.
 */
export const compileModel = (spec: ModelSpec, hidden: ReadonlySet<number>): Model => {
  switch (spec.type) {
    case "BPE":
      return bpe(spec);
    case "WordPiece":
      return wordPiece(spec);
    case "Unigram":
      return unigram(spec, hidden);
    case "WordLevel":
      return wordLevel(spec);
  }
};
