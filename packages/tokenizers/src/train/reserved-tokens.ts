import { byteToken } from "../models/byte-tokens.ts";

/** Whether and how a trained model encodes what it has no token for. */
export type ByteFallbackOptions = {
  /**
   * Gives each of the 256 bytes a token, `<0x00>` to `<0xFF>`, after the special tokens: a character that has no token of
   * its own becomes those of its UTF-8 bytes, so every text can be encoded. As SentencePiece's `--byte_fallback`. Default
   * false.
   */
  readonly byteFallback?: boolean;
};

/** Tokens that come before those that training finds: special ones and those of bytes. */
export const reservedTokens = (
  specialTokens: readonly string[],
  options: ByteFallbackOptions,
): readonly string[] => {
  if (options.byteFallback !== true) return specialTokens;
  const bytes = Array.from({ length: 256 }, (_, byte) => byteToken(byte));
  return [...new Set([...specialTokens, ...bytes])];
};
