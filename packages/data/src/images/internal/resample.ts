import type { Image } from "../image.ts";

/** Which pixels become one, and how much of each: weights in fixed point. */
type Taps = { readonly first: number; readonly weights: readonly number[] };

/** PIL's filters have 22 bits after the point: PRECISION_BITS in its Resample.c, 32 - 8 - 2. */
const one = 2 ** 22;

type Filter = { readonly support: number; readonly weigh: (x: number) => number };

const filters: { readonly [name in "bilinear" | "box"]: Filter } = {
  bilinear: { support: 1, weigh: (x) => Math.max(0, 1 - Math.abs(x)) },
  box: { support: 0.5, weigh: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
};

/** How many pixels become how many, and how. */
export type ResampleOptions = { readonly method: "bilinear" | "box"; readonly antialias: boolean };

/** The taps of one output pixel, with PIL's bounds and rounding (precompute_coeffs, normalize_coeffs_8bpc). */
const tapsAt = (out: number, scale: number, size: number, options: ResampleOptions): Taps => {
  const { support, weigh } = filters[options.method];
  const stretch = options.antialias ? Math.max(scale, 1) : 1;
  const center = (out + 0.5) * scale;
  const first = Math.max(0, Math.trunc(center - support * stretch + 0.5));
  const end = Math.min(size, Math.trunc(center + support * stretch + 0.5));
  const raw = Array.from({ length: Math.max(1, end - first) }, (_, i) =>
    weigh((i + first - center + 0.5) / stretch),
  );
  const sum = raw.reduce((total, w) => total + w, 0);
  return { first, weights: raw.map((w) => Math.trunc(0.5 + (w / sum) * one)) };
};

const allTaps = (from: number, to: number, options: ResampleOptions): readonly Taps[] =>
  Array.from({ length: to }, (_, out) => tapsAt(out, from / to, from, options));

const clip = (sum: number): number => Math.min(255, Math.max(0, Math.floor((sum + one / 2) / one)));

/** One line of pixels of `stride` bytes apart to another, for each of `channels` bytes at a pixel. */
const resampleLine = (
  input: Uint8Array,
  from: number,
  output: Uint8Array,
  to: number,
  stride: number,
  channels: number,
  taps: readonly Taps[],
): void => {
  for (const [out, { first, weights }] of taps.entries())
    for (let c = 0; c < channels; c++) {
      let sum = 0;
      for (let i = 0; i < weights.length; i++)
        sum += weights[i]! * input[from + (first + i) * stride + c]!;
      output[to + out * stride + c] = clip(sum);
    }
};

const resampleWidth = (image: Image, width: number, options: ResampleOptions): Image => {
  if (width === image.width) return image;
  const { height, channels } = image;
  const taps = allTaps(image.width, width, options);
  const data = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    const [from, to] = [y * image.width * channels, y * width * channels];
    resampleLine(image.data, from, data, to, channels, channels, taps);
  }
  return { width, height, channels, data };
};

const resampleHeight = (image: Image, height: number, options: ResampleOptions): Image => {
  if (height === image.height) return image;
  const { width, channels } = image;
  const taps = allTaps(image.height, height, options);
  const row = width * channels;
  const data = new Uint8Array(row * height);
  for (let x = 0; x < width; x++)
    resampleLine(image.data, x * channels, data, x * channels, row, channels, taps);
  return { width, height, channels, data };
};

/** Rows first, then columns, with bytes in between, as PIL. */
export const resample = (
  image: Image,
  width: number,
  height: number,
  options: ResampleOptions,
): Image => resampleHeight(resampleWidth(image, width, options), height, options);
