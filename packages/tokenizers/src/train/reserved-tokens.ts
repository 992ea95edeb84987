import { ArgumentError } from "@adjoint/core";
import { byteToken } from "../models/byte-tokens.ts";
import { isByteLevel } from "./trained-spec.ts";
import type { TrainingOptions } from "./training-options.ts";

/** Whether and how a trained model encodes what it has no token for. */
export type ByteFallbackOptions = {
  /**
   * Gives each of the 256 bytes a token, `<0x00>` to `<0xFF>`, after the special tokens: a character that has no token of
   * its own becomes those of its UTF-8 bytes, so every text can be encoded. As SentencePiece's `--byte_fallback`. Default
   * false.
   */
  readonly byteFallback?: boolean;
};

/**
 * Tokens that come before those that training finds: special ones and those of bytes. Throws ArgumentError for bytes
 * where pieces come in the byte-level alphabet, which has them already.
 */
export const reservedTokens = (
  operation: string,
  specialTokens: readonly string[],
  options: TrainingOptions & ByteFallbackOptions,
): readonly string[] => {
  if (options.byteFallback !== true) return specialTokens;
  if (isByteLevel(options))
    throw new ArgumentError({
      operation,
      rule: "byteFallback is for characters",
      got: "pieces in the byte-level alphabet",
      fix: "leave out byteFallback, or the ByteLevel step",
    });
  const bytes = Array.from({ length: 256 }, (_, byte) => byteToken(byte));
  return [...new Set([...specialTokens, ...bytes])];
};
