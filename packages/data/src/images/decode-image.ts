import { ArgumentError } from "@adjoint/core";
import { DataError } from "../errors.ts";
import { type Either, left, right } from "@adjoint/core/either";
import type { Image } from "./image.ts";
import { toChannels } from "./internal/to-channels.ts";
import { isJpeg, readJpeg } from "./internal/read-jpeg.ts";
import { isPng, readPng } from "./internal/read-png.ts";

/** What an image is decoded to. */
export type DecodeImageOptions = {
  /** How many channels it gets: 1 (gray), 3 (RGB) or 4 (RGBA); those of the file when absent. Alpha is dropped, not blended. */
  readonly channels?: 1 | 3 | 4;
  /** Images of more pixels are errors, so that memory is bounded; 2^26 (67 million) when absent. */
  readonly maxPixels?: number;
};

const operation = "decodeImage";

const read = (bytes: Uint8Array, maxPixels: number): Image => {
  if (isPng(bytes)) return readPng(bytes, maxPixels);
  if (isJpeg(bytes)) return readJpeg(bytes, maxPixels);
  throw new Error(`it begins with ${[...bytes.subarray(0, 4)].join(", ")}`);
};

/**
 * As `decodeImage`, with what is wrong with the file as a value.
 *
 * ```ts doctest
 * import { parseImage } from "@adjoint/data";
 * parseImage(new Uint8Array(8))._tag; // => "Left"
 * ```
 */
export const parseImage = (
  bytes: Uint8Array,
  { channels, maxPixels = 2 ** 26 }: DecodeImageOptions = {},
): Either<DataError, Image> => {
  if (channels !== undefined && ![1, 3, 4].includes(channels))
    throw new ArgumentError({ operation, rule: "channels must be 1, 3 or 4", got: `${channels}` });
  try {
    const image = read(bytes, maxPixels);
    return right(channels === undefined ? image : toChannels(image, channels));
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    const rule = "must be an undamaged PNG or JPEG file";
    return left(new DataError({ operation, rule, got }, {}, { cause }));
  }
};

/**
 * The pixels of a PNG or JPEG file. 16-bit channels keep their upper byte, palettes become RGB or RGBA, and fewer bits than
 * 8 are stretched to 0 … 255. Throws DataError for other and for damaged files, and for images of too many pixels.
 *
 * ```ts doctest
 * import { encode } from "fast-png";
 * import { decodeImage } from "@adjoint/data";
 * const file = encode({ width: 2, height: 1, channels: 1, data: Uint8Array.of(7, 9) });
 * decodeImage(file, { channels: 3 }).data; // => Uint8Array.of(7, 7, 7, 9, 9, 9)
 * ```
 */
export const decodeImage = (bytes: Uint8Array, options: DecodeImageOptions = {}): Image => {
  const result = parseImage(bytes, options);
  if (result._tag === "Left") throw result.left;
  return result.right;
};
