import { open } from "node:fs/promises";
import { SourceError } from "../../errors.ts";
import type { TokenFile } from "../../tokens/token-file.ts";
import { fileSource } from "../file-source.ts";

/**
 * A file that stays open: reads at random places are a tenth of the work of opening it each time. Rejects with SourceError
 * when it cannot be opened.
 */
export const openFile = async (path: string): Promise<TokenFile> => {
  const file = await open(path, "r").catch((cause: unknown) => {
    throw new SourceError(
      { operation: "tokenStore", rule: `must be able to read ${path}`, got: String(cause) },
      { cause },
    );
  });
  const slice = async (start: number, end: number): Promise<Uint8Array> => {
    const bytes = new Uint8Array(Math.max(0, end - start));
    for (let done = 0; done < bytes.length;) {
      const { bytesRead } = await file.read(bytes, done, bytes.length - done, start + done);
      if (bytesRead === 0) return bytes.subarray(0, done);
      done += bytesRead;
    }
    return bytes;
  };
  const size = async (): Promise<number> => (await file.stat()).size;
  return { ...fileSource(path), size, slice, close: () => file.close() };
};
