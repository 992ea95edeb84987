/** Text to token ids and back. An immutable value: its functions are pure. */
export type Tokenizer = {
  /** Number of tokens: ids are 0 to vocabSize - 1. */
  readonly vocabSize: number;
  /** The ids of a text; throws UnknownCharacterError for what the vocabulary lacks. */
  readonly encode: (text: string) => Int32Array;
  /** The text of ids; throws UnknownTokenError for ids that are not tokens. */
  readonly decode: (ids: Iterable<number>) => string;
};
