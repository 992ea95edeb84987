import type { ByteSource } from "../sources/byte-source.ts";
import { gunzip } from "./gunzip.ts";
import { decodedSource } from "./internal/decoded-source.ts";
import { unzstd } from "./unzstd.ts";

const startsWith = (bytes: Uint8Array, ...magic: readonly number[]): boolean =>
  magic.every((byte, i) => bytes[i] === byte);

async function* streamPlain(source: ByteSource): AsyncGenerator<Uint8Array> {
  const head = await source.slice(0, 4);
  if (startsWith(head, 0x1f, 0x8b)) yield* gunzip(source).stream();
  else if (startsWith(head, 0x28, 0xb5, 0x2f, 0xfd)) yield* unzstd(source).stream();
  else yield* source.stream();
}

/**
 * A source as it is, or decompressed when its first bytes are those of gzip or Zstandard, whatever its name says.
 *
 * ```ts doctest
 * import { gzipSync } from "node:zlib";
 * import { bytesSource, collect, decompress, textLines } from "@adjoint/data";
 * await collect(textLines(decompress(bytesSource(gzipSync("packed"))))); // => ["packed"]
 * await collect(textLines(decompress(bytesSource("plain")))); // => ["plain"]
 * ```
 */
export const decompress = (source: ByteSource): ByteSource => decodedSource(source, streamPlain);
