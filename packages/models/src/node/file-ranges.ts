import { open, stat } from "node:fs/promises";
import type { ByteRanges } from "@adjoint/core/safetensors";

const readRange = async (path: string, start: number, end: number): Promise<Uint8Array> => {
  const file = await open(path, "r");
  try {
    const bytes = new Uint8Array(end - start);
    let done = 0;
    while (done < bytes.length) {
      const { bytesRead } = await file.read(bytes, done, bytes.length - done, start + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return bytes.subarray(0, done);
  } finally {
    await file.close();
  }
};

/** A file that is read in part, for `open` of safetensors and `openGguf`; undefined when it is not there. */
export const fileRanges = async (path: string): Promise<ByteRanges | undefined> => {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true
    ? { size: found.size, read: (start, end) => readRange(path, start, end) }
    : undefined;
};
