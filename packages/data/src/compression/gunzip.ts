import { Inflate } from "pako";
import type { ByteSource } from "../sources/byte-source.ts";
import { decodedSource } from "./internal/decoded-source.ts";
import { type Decoder, decodeStream } from "./internal/decode-stream.ts";

const flushEverything = 2; // Z_SYNC_FLUSH: gives out what there is after every push

/** Grows to 16 MiB at most: Deflate packs a thousand to one. */
const pieceSize = 2 ** 14;

/** One inflater for members in a row; it hands over what it has even when it then fails. */
const openInflate = (give: (bytes: Uint8Array) => void) => {
  const inflate = new Inflate({ windowBits: 31, chunkSize: 2 ** 16 });
  let partial = (): Uint8Array => new Uint8Array(0);
  inflate.onData = give;
  inflate.onEnd = () => undefined; // else it would put all chunks together
  inflate.onStart = (stream) => {
    partial = () => stream.output.slice(0, stream.next_out);
  };
  return (bytes: Uint8Array): boolean => {
    if (inflate.push(bytes, flushEverything) || inflate.err === 0) return inflate.ended;
    const rest = partial();
    if (rest.length > 0) give(rest);
    throw new Error(inflate.msg);
  };
};

const gzipDecoder = (give: (bytes: Uint8Array) => void): Decoder => {
  let push = openInflate(give);
  let hasEnded = false;
  return {
    push: (bytes) => {
      // members may follow each other, and zeros may fill up what is left of a block
      const start = hasEnded ? bytes.findIndex((byte) => byte !== 0) : 0;
      if (start === -1) return;
      if (hasEnded) push = openInflate(give);
      hasEnded = push(bytes.subarray(start));
    },
    end: () => {
      if (!hasEnded) throw new Error("the data end in the middle");
    },
  };
};

/**
 * A gzip source decompressed, in Node and in browsers; members in a row count as one, as for the gzip program, and checksums
 * are checked. Readers get DataError with the byte of the compressed data for damaged and truncated ones, after what came
 * before. To go on from a state, what comes before it is decompressed again.
 *
 * ```ts doctest
 * import { gzipSync } from "node:zlib";
 * import { bytesSource, collect, gunzip, textLines } from "@adjoint/data";
 * const packed = bytesSource(gzipSync("one\ntwo\n"));
 * await collect(textLines(gunzip(packed))); // => ["one", "two"]
 * ```
 */
export const gunzip = (source: ByteSource): ByteSource =>
  decodedSource(source, (from) => decodeStream("gunzip", from, pieceSize, gzipDecoder));
