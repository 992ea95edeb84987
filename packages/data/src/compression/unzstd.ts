import { Decompress } from "fzstd";
import type { ByteSource } from "../sources/byte-source.ts";
import { decodedSource } from "./internal/decoded-source.ts";
import { type Decoder, decodeStream } from "./internal/decode-stream.ts";

/** Grows to 16 MiB at most: four bytes can be a block of 128 KiB. */
const pieceSize = 2 ** 9;

const zstdDecoder = (give: (bytes: Uint8Array) => void): Decoder => {
  // what it gives out can lie in its window, which it writes over
  const decompress = new Decompress((bytes) => void (bytes.length > 0 && give(bytes.slice())));
  let isEmpty = true;
  return {
    push: (bytes) => {
      isEmpty = false;
      decompress.push(bytes);
    },
    end: () => {
      if (isEmpty) throw new Error("there are no data");
      decompress.push(new Uint8Array(0), true);
    },
  };
};

/**
 * A Zstandard source decompressed, in Node and in browsers; frames in a row count as one. Windows of up to 32 MiB are read,
 * which is all that zstd makes without --long; checksums are passed over. For damaged and truncated ones readers get
 * DataError after what came before, with a byte of the compressed data less than 512 before the damage. To go on from a state, what comes before it is
 * decompressed again.
 */
export const unzstd = (source: ByteSource): ByteSource =>
  decodedSource(source, (from) => decodeStream("unzstd", from, pieceSize, zstdDecoder));
