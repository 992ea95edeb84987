import { type FileHandle, open, readFile, rename, rm, stat, truncate } from "node:fs/promises";
import { basename, join } from "node:path";
import { crc32 } from "node:zlib";
import { encodeIndex } from "../../tokens/encode-shard.ts";
import {
  encodeHeader,
  headerBytes,
  indexStart,
  type ShardHeader,
} from "../../tokens/shard-header.ts";
import { type TokenDType, tokenBytes } from "../../tokens/token-dtype.ts";
import type { OpenShard } from "../../tokens/token-manifest.ts";

/** A shard that is being written: its tokens behind an empty header, and the lengths of its documents in a file beside. */
export type ShardDraft = {
  readonly tokens: () => number;
  readonly documents: () => number;
  /** Adds a document, the bytes of its tokens; it is safe after `flush`. */
  readonly append: (document: Uint8Array) => Promise<void>;
  /** Forces everything to disk; what a manifest may say then. */
  readonly flush: () => Promise<OpenShard>;
  /** Writes header and index and gives the file its name; the lengths stay until `forget`. */
  readonly finish: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** The files of shard `file` while it is written. */
export const draftPaths = (
  folder: string,
  file: string,
): { readonly data: string; readonly lengths: string } => ({
  data: join(folder, `${file}.partial`),
  lengths: join(folder, `${file}.lengths.partial`),
});

const writeAt = async (file: FileHandle, bytes: Uint8Array, place: number): Promise<void> => {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, place + done);
    done += bytesWritten;
  }
};

const joined = (parts: readonly Uint8Array[], size: number): Uint8Array => {
  const all = new Uint8Array(size);
  let place = 0;
  for (const part of parts) {
    all.set(part, place);
    place += part.length;
  }
  return all;
};

/** Bytes that gather up before they are written. */
const bufferBytes = 1 << 20;

/** A file that grows at its end in large writes. */
const appender = (file: FileHandle, start: number) => {
  let parts: Uint8Array[] = [];
  let [size, place] = [0, start];
  const write = async (): Promise<void> => {
    const bytes = joined(parts, size);
    await writeAt(file, bytes, place);
    place += size;
    [parts, size] = [[], 0];
  };
  return {
    push: async (bytes: Uint8Array): Promise<void> => {
      parts.push(bytes);
      size += bytes.length;
      if (size >= bufferBytes) await write();
    },
    write,
  };
};

const lengthsIn = (bytes: Uint8Array): number[] => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: Math.floor(bytes.length / 4) }, (_, i) =>
    view.getUint32(4 * i, true),
  );
};

/** A draft that goes on from what `known` says is on disk, or a new one. */
export const openShardDraft = async (
  folder: string,
  dtype: TokenDType,
  known: OpenShard,
): Promise<ShardDraft> => {
  const paths = draftPaths(folder, known.file);
  const isNew = known.documents === 0;
  const data = await open(paths.data, isNew ? "w+" : "r+");
  const lengths = await open(paths.lengths, isNew ? "w+" : "r+");
  let { tokens, documents, tokensCrc } = known;
  if (isNew) await writeAt(data, new Uint8Array(headerBytes), 0);
  const tokensOut = appender(data, headerBytes + tokens * tokenBytes(dtype));
  const lengthsOut = appender(lengths, 4 * documents);
  const flush = async (): Promise<OpenShard> => {
    await tokensOut.write();
    await lengthsOut.write();
    await data.sync();
    await lengths.sync();
    return { file: known.file, tokens, documents, tokensCrc };
  };
  const close = async (): Promise<void> => {
    await data.close();
    await lengths.close();
  };
  return {
    tokens: () => tokens,
    documents: () => documents,
    append: async (document) => {
      const length = document.length / tokenBytes(dtype);
      tokensCrc = crc32(document, tokensCrc);
      tokens += length;
      documents++;
      await tokensOut.push(document);
      await lengthsOut.push(new Uint8Array(Uint32Array.of(length).buffer));
    },
    flush,
    finish: async () => {
      await flush();
      const index = encodeIndex(lengthsIn(await readFile(paths.lengths)));
      const header: ShardHeader = { dtype, tokens, documents, tokensCrc, indexCrc: crc32(index) };
      const end = headerBytes + tokens * tokenBytes(dtype);
      await writeAt(data, joined([], indexStart(header) - end), end); // zeros up to the index
      await writeAt(data, index, indexStart(header));
      await writeAt(data, encodeHeader(header), 0);
      await data.sync();
      await close();
      await rename(paths.data, join(folder, basename(known.file)));
    },
    close,
  };
};

const sizeOf = async (path: string): Promise<number> =>
  (await stat(path).catch(() => undefined))?.size ?? -1;

const crcOfFile = async (path: string, start: number, end: number): Promise<number> => {
  const file = await open(path, "r");
  try {
    const buffer = new Uint8Array(bufferBytes);
    let crc = 0;
    for (let place = start; place < end;) {
      const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, end - place), place);
      if (bytesRead === 0) return -1;
      crc = crc32(buffer.subarray(0, bytesRead), crc);
      place += bytesRead;
    }
    return crc;
  } finally {
    await file.close();
  }
};

/**
 * Brings the files of a draft to what the manifest says is in it: what was written after its last save is cut off.
 * False when less is there than the manifest says, or something else.
 */
export const repairDraft = async (
  folder: string,
  dtype: TokenDType,
  known: OpenShard,
): Promise<boolean> => {
  const paths = draftPaths(folder, known.file);
  const finished = join(folder, known.file);
  if ((await sizeOf(paths.data)) < 0 && (await sizeOf(finished)) >= 0)
    await rename(finished, paths.data); // finished, but the manifest had not been told
  const end = headerBytes + known.tokens * tokenBytes(dtype);
  if ((await sizeOf(paths.data)) < end || (await sizeOf(paths.lengths)) < 4 * known.documents)
    return false;
  await truncate(paths.data, end);
  await truncate(paths.lengths, 4 * known.documents);
  const total = lengthsIn(await readFile(paths.lengths)).reduce((sum, length) => sum + length, 0);
  if (total !== known.tokens) return false;
  return (await crcOfFile(paths.data, headerBytes, end)) === known.tokensCrc;
};

/** Removes the files of a draft. */
export const removeDraft = async (folder: string, file: string): Promise<void> => {
  const paths = draftPaths(folder, file);
  await rm(paths.data, { force: true });
  await rm(paths.lengths, { force: true });
};
