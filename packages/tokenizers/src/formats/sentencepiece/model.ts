/** What a piece is there for. */
export type SentencePieceType =
  | "normal"
  | "unknown"
  | "control"
  | "userDefined"
  | "unused"
  | "byte";

/** One entry of a SentencePiece vocabulary; its place is its id. */
export type SentencePiece = {
  readonly piece: string;
  /** Log probability (unigram) or minus the rank of the merge (BPE). */
  readonly score: number;
  readonly type: SentencePieceType;
};

/** How SentencePiece changes text before it looks for pieces. */
export type SentencePieceNormalizer = {
  readonly name: string;
  /** The compiled table of replacements; empty for none. */
  readonly charsmap: Uint8Array;
  /** Whether a space is put before the text (after it, where `whitespaceAsSuffix`). */
  readonly addDummyPrefix: boolean;
  /** Whether spaces at the ends go, and several in a row become one. */
  readonly removeExtraWhitespaces: boolean;
  /** Whether spaces become `▁`. */
  readonly escapeWhitespaces: boolean;
};

/** A SentencePiece `.model` file as data. */
export type SentencePieceModel = {
  readonly algorithm: "unigram" | "bpe" | "word" | "char";
  readonly pieces: readonly SentencePiece[];
  readonly byteFallback: boolean;
  readonly whitespaceAsSuffix: boolean;
  readonly unkId: number;
  /** -1 for none, as for `eosId` and `padId`. */
  readonly bosId: number;
  readonly eosId: number;
  readonly padId: number;
  /** What the unknown piece decodes to. */
  readonly unkSurface: string;
  readonly normalizer: SentencePieceNormalizer;
  /** Fields that only training and self tests use, as they stand in the file: in trainer, normalizer and model. */
  readonly rest: {
    readonly trainer: Uint8Array;
    readonly normalizer: Uint8Array;
    readonly model: Uint8Array;
  };
};

/** Numbers of the types of pieces in the file. */
export const pieceTypes: readonly (readonly [number, SentencePieceType])[] = [
  [1, "normal"],
  [2, "unknown"],
  [3, "control"],
  [4, "userDefined"],
  [5, "unused"],
  [6, "byte"],
];

/** Numbers of the algorithms in the file. */
export const algorithms: readonly (readonly [number, SentencePieceModel["algorithm"]])[] = [
  [1, "unigram"],
  [2, "bpe"],
  [3, "word"],
  [4, "char"],
];
