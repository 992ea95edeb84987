import { ArgumentError } from "@adjoint/core";
import type { Image } from "./image.ts";
import { checkImage } from "./internal/check-image.ts";

/** How pixels become numbers. */
export type ImageFloatsOptions = {
  /** "CHW" (channels first, when absent) or "HWC" (as in files). */
  readonly layout?: "CHW" | "HWC";
  /** Subtracted from each channel after scaling to [0, 1]: one number for each, 0 when absent. */
  readonly mean?: readonly number[];
  /** Divides each channel after that: one number for each, 1 when absent. */
  readonly std?: readonly number[];
};

/** Numbers and their shape, ready for core's `tensor(data, { shape })`. */
export type ImageFloats = { readonly data: Float32Array; readonly shape: readonly number[] };

const perChannel = (
  name: string,
  values: readonly number[] | undefined,
  channels: number,
  usual: number,
) => {
  if (values === undefined) return Array.from({ length: channels }, () => usual);
  if (values.length === channels && values.every((x) => Number.isFinite(x))) return values;
  throw new ArgumentError({
    operation: "imageToFloats",
    rule: `${name} needs a number for each of ${channels} channels`,
    got: JSON.stringify(values),
  });
};

/**
 * An image as float32 numbers: bytes divided by 255, less `mean`, divided by `std`, channels first or last. Throws
 * ArgumentError for a mean or a std of another number of channels.
 *
 * ```ts doctest
 * import { imageToFloats } from "@adjoint/data";
 * const image = { width: 1, height: 1, channels: 3, data: Uint8Array.of(0, 51, 255) };
 * const { data, shape } = imageToFloats(image, { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] });
 * [...data].map((x) => x.toFixed(2)); // => ["-1.00", "-0.60", "1.00"]
 * shape; // => [3, 1, 1]
 * ```
 */
export const imageToFloats = (image: Image, options: ImageFloatsOptions = {}): ImageFloats => {
  const { width, height, channels, data } = checkImage("imageToFloats", image);
  const { layout = "CHW" } = options;
  const mean = perChannel("mean", options.mean, channels, 0);
  const std = perChannel("std", options.std, channels, 1);
  const pixels = width * height;
  const floats = new Float32Array(data.length);
  for (let c = 0; c < channels; c++) {
    const [shift, scale] = [mean[c] ?? 0, std[c] ?? 1];
    const [first, step] = layout === "CHW" ? [c * pixels, 1] : [c, channels];
    for (let pixel = 0; pixel < pixels; pixel++)
      floats[first + pixel * step] = ((data[pixel * channels + c] ?? 0) / 255 - shift) / scale;
  }
  const shape = layout === "CHW" ? [channels, height, width] : [height, width, channels];
  return { data: floats, shape };
};
