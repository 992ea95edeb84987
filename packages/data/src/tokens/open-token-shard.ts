import { ArgumentError } from "@adjoint/core";
import { DataError } from "../errors.ts";
import { crc32 } from "@adjoint/core/bytes";
import type { TokenFile } from "./token-file.ts";
import { readExactly } from "./read-exactly.ts";
import {
  decodeHeader,
  headerBytes,
  indexStart,
  shardBytes,
  type ShardHeader,
} from "./shard-header.ts";
import { decodeTokens, tokenBytes } from "./token-dtype.ts";
import type { TokenRange, TokenStore } from "./token-store.ts";

/** Throws ArgumentError unless `start` and `length` lie within `size`. */
export const checkRange = (what: string, start: number, length: number, size: number): void => {
  if (Number.isSafeInteger(start) && Number.isSafeInteger(length))
    if (start >= 0 && length >= 0 && start + length <= size) return;
  throw new ArgumentError({
    operation: "tokenStore",
    rule: `${what} must lie within the ${size} of the store`,
    got: `${length} from ${start} on`,
  });
};

const refuse = (source: string, byte: number, rule: string, got: string): DataError =>
  new DataError(
    { operation: "tokenStore", rule, got, fix: "write the shard again" },
    { source, byte },
  );

const readHeader = async (bytes: TokenFile): Promise<ShardHeader> => {
  const header = decodeHeader(await bytes.slice(0, headerBytes), bytes.name);
  const [expected, size] = [shardBytes(header), await bytes.size()];
  if (size !== undefined && size !== expected)
    throw refuse(
      bytes.name,
      Math.min(expected, size),
      `${header.tokens} tokens and ${header.documents} documents make ${expected} bytes`,
      `${size}`,
    );
  return header;
};

/** Where document `i` begins and ends, by its two entries of the index. */
const readRange = async (bytes: TokenFile, header: ShardHeader, i: number): Promise<TokenRange> => {
  const place = indexStart(header) + 4 * i;
  const entries = await readExactly(bytes, place, place + 8);
  const view = new DataView(entries.buffer, entries.byteOffset, 8);
  const [start, end] = [view.getUint32(0, true), view.getUint32(4, true)];
  if (start <= end && end <= header.tokens) return { start, length: end - start };
  throw refuse(
    bytes.name,
    place,
    `document ${i} must begin before it ends, within ${header.tokens} tokens`,
    `${start} to ${end}`,
  );
};

const blockBytes = 1 << 20;

const crcOf = async (bytes: TokenFile, start: number, end: number): Promise<number> => {
  let crc = 0;
  for (let place = start; place < end; place += blockBytes)
    crc = crc32(await readExactly(bytes, place, Math.min(end, place + blockBytes)), crc);
  return crc;
};

const verify = async (bytes: TokenFile, header: ShardHeader): Promise<void> => {
  const end = headerBytes + header.tokens * tokenBytes(header.dtype);
  if ((await crcOf(bytes, headerBytes, end)) !== header.tokensCrc)
    throw refuse(bytes.name, headerBytes, "the tokens must have their checksum", "another one");
  const index = indexStart(header);
  if ((await crcOf(bytes, index, shardBytes(header))) !== header.indexCrc)
    throw refuse(bytes.name, index, "the index must have its checksum", "another one");
};

/**
 * The store of one shard, which is not loaded: every call reads what it needs. Rejects with DataError, which has the
 * byte, for a file that is no shard, of another version, cut off, or whose header does not match its size.
 *
 * ```ts doctest
 * import { bytesSource, openTokenShard } from "@adjoint/data";
 * await openTokenShard(bytesSource(Uint8Array.of(1, 2, 3))); // throws a shard begins with 89 ADJTOK 0a
 * ```
 */
export const openTokenShard = async (bytes: TokenFile): Promise<TokenStore> => {
  const header = await readHeader(bytes);
  const width = tokenBytes(header.dtype);
  const tokens = async (start: number, length: number): Promise<Int32Array> => {
    checkRange("tokens", start, length, header.tokens);
    const first = headerBytes + start * width;
    return decodeTokens(await readExactly(bytes, first, first + length * width), header.dtype);
  };
  const documentRange = async (i: number): Promise<TokenRange> => {
    checkRange("documents", i, 1, header.documents);
    return readRange(bytes, header, i);
  };
  return {
    dtype: header.dtype,
    tokenCount: header.tokens,
    documentCount: header.documents,
    tokens,
    documentRange,
    document: async (i) => {
      const { start, length } = await documentRange(i);
      return tokens(start, length);
    },
    verify: () => verify(bytes, header),
    close: async () => bytes.close?.(),
  };
};
