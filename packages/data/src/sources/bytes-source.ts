import type { ByteSource } from "./byte-source.ts";

const pieceSize = 2 ** 18;

async function* piecesOf(bytes: Uint8Array, start: number): AsyncGenerator<Uint8Array> {
  for (let at = start; at < bytes.length; at += pieceSize) yield bytes.subarray(at, at + pieceSize);
}

/**
 * Bytes in memory, or a text as UTF-8.
 *
 * ```ts doctest
 * import { bytesSource, collect, textLines } from "@adjoint/data";
 * await collect(textLines(bytesSource("one\ntwo\n"))); // => ["one", "two"]
 * ```
 */
export const bytesSource = (data: Uint8Array | string, name: string = "bytes"): ByteSource => {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  return {
    name,
    size: () => Promise.resolve(bytes.length),
    stream: (start = 0) => piecesOf(bytes, start),
    slice: (start, end) => Promise.resolve(bytes.subarray(start, end)),
  };
};
