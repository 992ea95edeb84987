import { DataError } from "../errors.ts";
import { checkRange } from "./open-token-shard.ts";
import type { TokenFile } from "./token-file.ts";
import { readExactly } from "./read-exactly.ts";
import { decodeTokens, type TokenDType, tokenBytes } from "./token-dtype.ts";
import type { TokenRange, TokenStore } from "./token-store.ts";

/**
 * The store of a file that is nothing but tokens, little-endian, as nanoGPT's `train.bin` (uint16): one document.
 * Rejects with DataError for a size that is no whole number of tokens, and for uint32 ids of 2^31 and more.
 *
 * ```ts doctest
 * import { bytesSource, openRawTokens } from "@adjoint/data";
 * const store = await openRawTokens(bytesSource(Uint8Array.of(1, 0, 2, 1)), "uint16");
 * [...(await store.tokens(0, 2))]; // => [1, 258]
 * ```
 */
export const openRawTokens = async (
  bytes: TokenFile,
  dtype: TokenDType = "uint16",
): Promise<TokenStore> => {
  const width = tokenBytes(dtype);
  const size = await bytes.size();
  const tokenCount = Math.floor((size ?? Number.NaN) / width);
  if (tokenCount * width !== size)
    throw new DataError(
      {
        operation: "openRawTokens",
        rule: `a file of ${dtype} tokens must have a multiple of ${width} bytes`,
        got: size === undefined ? "a source that does not know its size" : `${size}`,
      },
      { source: bytes.name, ...(size === undefined ? {} : { byte: tokenCount * width }) },
    );
  const tokens = async (start: number, length: number): Promise<Int32Array> => {
    checkRange("tokens", start, length, tokenCount);
    const ids = decodeTokens(
      await readExactly(bytes, start * width, (start + length) * width),
      dtype,
    );
    const bad = ids.findIndex((id) => id < 0);
    if (bad === -1) return ids;
    throw new DataError(
      {
        operation: "openRawTokens",
        rule: "ids must be below 2^31",
        got: `${(ids[bad] ?? 0) >>> 0}`,
      },
      { source: bytes.name, byte: (start + bad) * width },
    );
  };
  const documentRange = async (i: number): Promise<TokenRange> => {
    checkRange("documents", i, 1, 1);
    return { start: 0, length: tokenCount };
  };
  return {
    dtype,
    tokenCount,
    documentCount: 1,
    tokens,
    documentRange,
    document: async (i) => tokens(0, (await documentRange(i)).length),
    verify: () => Promise.resolve(),
    close: async () => bytes.close?.(),
  };
};
