/** Token to id. A Map, never an object: tokens may be `__proto__`. */
export type Vocab = ReadonlyMap<string, number>;

/** Byte-pair encoding. */
export type BpeSpec = {
  readonly type: "BPE";
  readonly vocab: Vocab;
  /**
   * Pairs in the order of their rank, or "ranks": any two tokens whose join is a token merge, lowest id first, as in
   * tiktoken's rank files.
   */
  readonly merges: readonly (readonly [string, string])[] | "ranks";
  readonly unkToken: string | undefined;
  readonly continuingSubwordPrefix: string | undefined;
  readonly endOfWordSuffix: string | undefined;
  /** Whether unknown characters in a row are one unknown token. */
  readonly fuseUnk: boolean;
  /** Whether a character that the vocabulary lacks becomes `<0xAB>` tokens of its bytes. */
  readonly byteFallback: boolean;
  /** Whether a piece that is a token as it stands skips the merges. */
  readonly ignoreMerges: boolean;
  /** Probability of leaving a merge out while training (BPE-dropout); undefined for none. */
  readonly dropout: number | undefined;
};

/** Longest prefix first, as in BERT. */
export type WordPieceSpec = {
  readonly type: "WordPiece";
  readonly vocab: Vocab;
  readonly unkToken: string;
  readonly continuingSubwordPrefix: string;
  readonly maxInputCharsPerWord: number;
};

/** The pieces with the highest sum of log probabilities, as in SentencePiece. */
export type UnigramSpec = {
  readonly type: "Unigram";
  /** Pieces and their log probabilities; the place is the id. */
  readonly pieces: readonly (readonly [string, number])[];
  readonly unkId: number | undefined;
  readonly byteFallback: boolean;
};

/** Whole pieces only. */
export type WordLevelSpec = {
  readonly type: "WordLevel";
  readonly vocab: Vocab;
  readonly unkToken: string;
};

/** How a piece becomes tokens, as plain data. */
export type ModelSpec = BpeSpec | WordPieceSpec | UnigramSpec | WordLevelSpec;
