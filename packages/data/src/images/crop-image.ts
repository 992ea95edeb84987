import { ArgumentError } from "@adjoint/core";
import { wholeNumber } from "../dataset/internal/settings.ts";
import type { Image } from "./image.ts";
import { checkImage } from "./internal/check-image.ts";

/** A part of an image. */
export type CropOptions = {
  readonly width: number;
  readonly height: number;
  /** The first column; in the middle when absent. */
  readonly left?: number;
  /** The first row; in the middle when absent. */
  readonly top?: number;
};

/**
 * A part of an image, its middle when no place is given. Throws ArgumentError for a part that is not within it.
 *
 * ```ts doctest
 * import { cropImage } from "@adjoint/data";
 * const image = { width: 3, height: 1, channels: 1, data: Uint8Array.of(1, 2, 3) };
 * cropImage(image, { width: 1, height: 1 }).data; // => Uint8Array.of(2)
 * ```
 */
export const cropImage = (image: Image, options: CropOptions): Image => {
  checkImage("cropImage", image);
  const width = wholeNumber("cropImage", "width", options.width, 1);
  const height = wholeNumber("cropImage", "height", options.height, 1);
  const { left = (image.width - width) >> 1, top = (image.height - height) >> 1 } = options;
  if (!isWithin(left, width, image.width) || !isWithin(top, height, image.height))
    throw new ArgumentError({
      operation: "cropImage",
      rule: `the part must be within ${image.width} x ${image.height} pixels`,
      got: `${width} x ${height} at ${left}, ${top}`,
    });
  const { channels } = image;
  const data = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * image.width + left) * channels;
    data.set(image.data.subarray(from, from + width * channels), y * width * channels);
  }
  return { width, height, channels, data };
};

const isWithin = (start: number, length: number, whole: number): boolean =>
  Number.isSafeInteger(start) && start >= 0 && start + length <= whole;
