import { crc32 } from "@adjoint/core/bytes";
import { encodeHeader, headerBytes, indexStart, shardBytes } from "./shard-header.ts";
import { encodeTokens, type TokenDType } from "./token-dtype.ts";

/** Where each document begins in a shard, and the end, as bytes. */
export const encodeIndex = (lengths: ArrayLike<number>): Uint8Array => {
  const bytes = new Uint8Array(4 * (lengths.length + 1));
  const view = new DataView(bytes.buffer);
  let end = 0;
  for (let i = 0; i < lengths.length; i++) {
    end += lengths[i] ?? 0;
    view.setUint32(4 * (i + 1), end, true);
  }
  return bytes;
};

/**
 * Documents as the bytes of one shard: a header, the tokens, and where each document begins. Throws ArgumentError for
 * ids that do not fit.
 *
 * ```ts doctest
 * import { bytesSource, encodeShard, openTokenShard } from "@adjoint/data";
 * const shard = encodeShard([[1, 2, 3], [4, 5]], "uint16");
 * const store = await openTokenShard(bytesSource(shard));
 * [...(await store.document(1))]; // => [4, 5]
 * [...(await store.tokens(1, 3))]; // => [2, 3, 4]
 * ```
 */
export const encodeShard = (
  documents: readonly ArrayLike<number>[],
  dtype: TokenDType,
): Uint8Array => {
  const parts = documents.map((document) => encodeTokens(document, dtype));
  const tokens = documents.reduce((sum, { length }) => sum + length, 0);
  const index = encodeIndex(documents.map(({ length }) => length));
  const tokensCrc = parts.reduce((crc, part) => crc32(part, crc), 0);
  const header = { dtype, tokens, documents: documents.length, tokensCrc, indexCrc: crc32(index) };
  const bytes = new Uint8Array(shardBytes(header));
  bytes.set(encodeHeader(header));
  let place = headerBytes;
  for (const part of parts) {
    bytes.set(part, place);
    place += part.length;
  }
  bytes.set(index, indexStart(header));
  return bytes;
};
