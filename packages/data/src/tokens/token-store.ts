import type { TokenDType } from "./token-dtype.ts";

/** Where a document lies among all tokens of a store. */
export type TokenRange = { readonly start: number; readonly length: number };

/** Many documents as tokens, readable at any place without loading the rest. */
export type TokenStore = {
  readonly dtype: TokenDType;
  /** Tokens in all. */
  readonly tokenCount: number;
  /** Documents in all. */
  readonly documentCount: number;
  /**
   * `length` tokens from token `start` on, across documents and shards. Rejects with ArgumentError for a range that is
   * not within the store, with DataError when a file is not what it said.
   */
  readonly tokens: (start: number, length: number) => Promise<Int32Array>;
  /** Where document `i` lies. Rejects with ArgumentError where there is none, with DataError for a bad index. */
  readonly documentRange: (i: number) => Promise<TokenRange>;
  /** The tokens of document `i`. Rejects as `documentRange` and `tokens` do. */
  readonly document: (i: number) => Promise<Int32Array>;
  /** Reads everything and compares checksums; rejects with DataError for the first that differs. */
  readonly verify: () => Promise<void>;
  /** Frees the files. */
  readonly close: () => Promise<void>;
};
