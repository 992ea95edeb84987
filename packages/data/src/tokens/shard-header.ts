import { DataError } from "../errors.ts";
import { crc32 } from "@adjoint/core/bytes";
import { type TokenDType, tokenBytes } from "./token-dtype.ts";

/** What the first 64 bytes of a shard say. */
export type ShardHeader = {
  readonly dtype: TokenDType;
  readonly tokens: number;
  readonly documents: number;
  /** CRC-32 of the tokens as bytes. */
  readonly tokensCrc: number;
  /** CRC-32 of the index as bytes. */
  readonly indexCrc: number;
};

/** Bytes before the first token. */
export const headerBytes = 64;

/** Most tokens of a shard, and so the largest offset in an index. */
export const maxShardTokens: number = 2 ** 31 - 1;

/** The first byte is no text, the last one shows transfers that rewrite line ends, as in PNG. */
const magic = [0x89, 0x41, 0x44, 0x4a, 0x54, 0x4f, 0x4b, 0x0a]; // "ADJTOK"
const version = 1;

/** Where the index begins: behind the tokens, at a multiple of four. */
export const indexStart = ({ dtype, tokens }: Pick<ShardHeader, "dtype" | "tokens">): number =>
  headerBytes + Math.ceil((tokens * tokenBytes(dtype)) / 4) * 4;

/** Bytes of the whole file. */
export const shardBytes = (header: ShardHeader): number =>
  indexStart(header) + 4 * (header.documents + 1);

/** A header as bytes: magic, version, bytes per token, counts, checksums, and a checksum of all that. */
export const encodeHeader = (header: ShardHeader): Uint8Array => {
  const bytes = new Uint8Array(headerBytes);
  const view = new DataView(bytes.buffer);
  bytes.set(magic);
  const { dtype, tokens, documents, tokensCrc, indexCrc } = header;
  [version, tokenBytes(dtype), tokens, documents, tokensCrc, indexCrc].forEach((word, i) =>
    view.setUint32(8 + 4 * i, word, true),
  );
  view.setUint32(60, crc32(bytes.subarray(0, 60)), true);
  return bytes;
};

const fail = (source: string, byte: number, rule: string, got: string): DataError =>
  new DataError(
    { operation: "tokenStore", rule, got, fix: "write the shard again" },
    { source, byte },
  );

const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");

/** A header from bytes. Throws DataError that says at which byte what is wrong. */
export const decodeHeader = (bytes: Uint8Array, source: string): ShardHeader => {
  const start = bytes.subarray(0, magic.length);
  if (!magic.every((byte, i) => start[i] === byte))
    throw fail(source, 0, "a shard begins with 89 ADJTOK 0a", hex(start) || "nothing");
  if (bytes.length < headerBytes)
    throw fail(source, bytes.length, `a header has ${headerBytes} bytes`, `${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = (i: number): number => view.getUint32(8 + 4 * i, true);
  if (view.getUint32(60, true) !== crc32(bytes.subarray(0, 60)))
    throw fail(source, 60, "the header must have its checksum", "another one");
  if (word(0) !== version) throw fail(source, 8, `this reads version ${version}`, `${word(0)}`);
  const width = word(1);
  if (width !== 2 && width !== 4) throw fail(source, 12, "tokens have 2 or 4 bytes", `${width}`);
  if (word(2) > maxShardTokens)
    throw fail(source, 16, `a shard has at most ${maxShardTokens} tokens`, `${word(2)}`);
  return {
    dtype: width === 2 ? "uint16" : "uint32",
    tokens: word(2),
    documents: word(3),
    tokensCrc: word(4),
    indexCrc: word(5),
  };
};
