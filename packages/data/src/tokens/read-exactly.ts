import { DataError } from "../errors.ts";
import type { TokenFile } from "./token-file.ts";

/** The bytes from `start` to `end`; rejects with DataError where the source ends before. */
export const readExactly = async (
  from: TokenFile,
  start: number,
  end: number,
): Promise<Uint8Array> => {
  const bytes = await from.slice(start, end);
  if (bytes.length === end - start) return bytes;
  throw new DataError(
    {
      operation: "tokenStore",
      rule: `must have the bytes up to ${end}`,
      got: `only ${start + bytes.length}`,
      fix: "the file is cut off: write it again",
    },
    { source: from.name, byte: start + bytes.length },
  );
};
