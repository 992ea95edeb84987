import { open, stat } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { SourceError } from "../errors.ts";
import type { ByteSource } from "../sources/byte-source.ts";

const pieceSize = 2 ** 18;

const unreadable = (path: string, cause: unknown): SourceError =>
  new SourceError(
    {
      operation: "fileSource",
      rule: `must be able to read ${path}`,
      got: cause instanceof Error ? cause.message : String(cause),
      fix: "check the path",
    },
    { cause },
  );

const attempt = async <T>(path: string, action: () => Promise<T>): Promise<T> => {
  try {
    return await action();
  } catch (cause) {
    throw unreadable(path, cause);
  }
};

async function* streamFile(path: string, start: number): AsyncGenerator<Uint8Array> {
  const file = await attempt(path, () => open(path));
  try {
    for (let at = start; ;) {
      const piece = new Uint8Array(pieceSize);
      const { bytesRead } = await attempt(path, () => file.read(piece, 0, pieceSize, at));
      if (bytesRead === 0) return;
      at += bytesRead;
      yield piece.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

/** Fills `bytes` from `start`; gives how many there were. */
const readFully = async (file: FileHandle, bytes: Uint8Array, start: number): Promise<number> => {
  let done = 0;
  while (done < bytes.length) {
    const { bytesRead } = await file.read(bytes, done, bytes.length - done, start + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
};

const sliceFile = async (path: string, start: number, end: number): Promise<Uint8Array> => {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const bytes = new Uint8Array(Math.max(0, Math.min(end, size) - start));
    return bytes.subarray(0, await readFully(file, bytes, start));
  } finally {
    await file.close();
  }
};

/**
 * A file; opened when it is read, and only then. Readers get SourceError when it cannot be.
 *
 * ```ts doctest
 * import { collect, jsonLines } from "@adjoint/data";
 * import { fileSource } from "@adjoint/data/node";
 * await collect(jsonLines(fileSource("nowhere.jsonl"))); // throws must be able to read nowhere.jsonl
 * ```
 */
export const fileSource = (path: string): ByteSource => ({
  name: path,
  size: () => attempt(path, async () => (await stat(path)).size),
  stream: (start = 0) => streamFile(path, start),
  slice: (start, end) => attempt(path, () => sliceFile(path, start, end)),
});
