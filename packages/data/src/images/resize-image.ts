import { ArgumentError } from "@adjoint/core";
import { wholeNumber } from "../dataset/internal/settings.ts";
import type { Image } from "./image.ts";
import { checkImage } from "./internal/check-image.ts";
import { resample } from "./internal/resample.ts";

/** The new size of an image, and how pixels are computed. */
export type ResizeOptions = {
  readonly width: number;
  readonly height: number;
  /** "bilinear" when absent; "box" averages over areas. */
  readonly method?: "bilinear" | "box";
  /**
   * Takes all pixels that become one into account when an image gets smaller, as PIL does; true when absent. Without it
   * bilinear is torch's `interpolate` with align_corners false; box needs it.
   */
  readonly antialias?: boolean;
};

/**
 * An image in another size. Equals PIL's `resize` with BILINEAR or BOX bit by bit, its rounding included. Throws
 * ArgumentError for sizes below 1.
 *
 * ```ts doctest
 * import { resizeImage } from "@adjoint/data";
 * const image = { width: 2, height: 1, channels: 1, data: Uint8Array.of(10, 20) };
 * resizeImage(image, { width: 1, height: 1, method: "box" }).data; // => Uint8Array.of(15)
 * ```
 */
export const resizeImage = (image: Image, options: ResizeOptions): Image => {
  const { width, height, method = "bilinear", antialias = true } = options;
  checkImage("resizeImage", image);
  wholeNumber("resizeImage", "width", width, 1);
  wholeNumber("resizeImage", "height", height, 1);
  if ((method !== "bilinear" && method !== "box") || (method === "box" && !antialias))
    throw new ArgumentError({
      operation: "resizeImage",
      rule: 'method must be "bilinear", or "box" with antialias',
      got: JSON.stringify({ method, antialias }),
    });
  return resample(image, width, height, { method, antialias });
};
