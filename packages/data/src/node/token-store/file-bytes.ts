import { open } from "node:fs/promises";
import { SourceError } from "../../errors.ts";
import type { RandomBytes } from "../../tokens/random-bytes.ts";

/**
 * Bytes of a file, by positional reads: nothing is loaded but what is asked for. Rejects with SourceError when the file
 * cannot be opened.
 */
export const fileBytes = async (path: string): Promise<RandomBytes> => {
  const file = await open(path, "r").catch((cause: unknown) => {
    throw new SourceError(
      { operation: "fileBytes", rule: `must be able to read ${path}`, got: String(cause) },
      { cause },
    );
  });
  const { size } = await file.stat();
  const read = async (start: number, end: number): Promise<Uint8Array> => {
    const bytes = new Uint8Array(Math.max(0, end - start));
    let done = 0;
    while (done < bytes.length) {
      const { bytesRead } = await file.read(bytes, done, bytes.length - done, start + done);
      if (bytesRead === 0) return bytes.subarray(0, done);
      done += bytesRead;
    }
    return bytes;
  };
  return { name: path, size, read, close: () => file.close() };
};
