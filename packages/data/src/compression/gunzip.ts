import { Inflate } from "pako";
import type { ByteSource } from "../sources/byte-source.ts";
import { decodedSource } from "./internal/decoded-source.ts";
import { type Decoder, decodeStream } from "./internal/decode-stream.ts";

const flushEverything = 2; // Z_SYNC_FLUSH: gives out what there is after every push

/** Grows to 16 MiB at most: Deflate packs a thousand to one. */
const pieceSize = 2 ** 14;

type Inflater = {
  /** Whether the member, or several in a row, ended within `bytes`. Throws for damage. */
  readonly push: (bytes: Uint8Array) => boolean;
  /** How much of `bytes` was read, and how much of the member that it read last. */
  readonly read: () => { readonly ofPiece: number; readonly ofPart: number };
};

/** One inflater for members in a row; it hands over what it has even when it then fails. */
const openInflate = (give: (bytes: Uint8Array) => void): Inflater => {
  const inflate = new Inflate({ windowBits: 31, chunkSize: 2 ** 16 });
  let partial = (): Uint8Array => new Uint8Array(0);
  let read = { ofPiece: 0, ofPart: 0 };
  let note = (): void => undefined;
  inflate.onData = give;
  inflate.onEnd = () => undefined; // else it would put all chunks together
  inflate.onStart = (stream) => {
    partial = () => stream.output.slice(0, stream.next_out);
    note = () => (read = { ofPiece: stream.next_in, ofPart: stream.total_in });
  };
  const push = (bytes: Uint8Array): boolean => {
    const isFine = inflate.push(bytes, flushEverything) || inflate.err === 0;
    note();
    if (isFine) return inflate.ended;
    const rest = partial();
    if (rest.length > 0) give(rest);
    throw new Error(inflate.msg);
  };
  return { push, read: () => read };
};

const gzipDecoder = (give: (bytes: Uint8Array) => void): Decoder => {
  let inflater = openInflate(give);
  let hasEnded = false;
  let start = 0; // in the piece pushed last, where the inflater began on it
  const push = (bytes: Uint8Array): void => {
    start = 0;
    for (;;) {
      // members may follow each other, and zeros may fill up what is left of a block
      const zeros = hasEnded ? bytes.subarray(start).findIndex((byte) => byte !== 0) : 0;
      if (zeros === -1) return;
      start += zeros;
      if (hasEnded) inflater = openInflate(give);
      hasEnded = inflater.push(bytes.subarray(start));
      if (!hasEnded || start + inflater.read().ofPiece >= bytes.length) return;
      start += inflater.read().ofPiece;
    }
  };
  const end = (): void => {
    if (!hasEnded) throw new Error("the data end in the middle");
  };
  const read = (): ReturnType<Inflater["read"]> => {
    const { ofPiece, ofPart } = inflater.read();
    return { ofPiece: start + ofPiece, ofPart };
  };
  return { push, end, read };
};

/**
 * A gzip source decompressed, in Node and in browsers; members in a row count as one, as for the gzip program, and checksums
 * are checked. For damaged and truncated ones readers get DataError after what came before: `position` has the byte up to which
 * the compressed data could be read, and how many bytes came out; `got` the byte at which the member begins. To go on from a state, what comes before it is decompressed again.
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
