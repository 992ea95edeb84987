import type { Image } from "../image.ts";

/** As PIL's convert("L"): ITU-R 601-2 luma in 16-bit fixed point. */
const luma = (red: number, green: number, blue: number): number =>
  (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;

/** The same image with other channels: gray is repeated or computed, alpha dropped or opaque. */
export const toChannels = (image: Image, channels: 1 | 3 | 4): Image => {
  if (image.channels === channels) return image;
  const { width, height, data } = image;
  const isGray = image.channels < 3;
  const hasAlpha = image.channels % 2 === 0;
  const out = new Uint8Array(width * height * channels);
  for (let pixel = 0; pixel < width * height; pixel++) {
    const from = pixel * image.channels;
    const red = data[from] ?? 0;
    const green = isGray ? red : (data[from + 1] ?? 0);
    const blue = isGray ? red : (data[from + 2] ?? 0);
    const to = pixel * channels;
    out[to] = channels > 1 || isGray ? red : luma(red, green, blue);
    if (channels === 1) continue;
    out[to + 1] = green;
    out[to + 2] = blue;
    if (channels === 4) out[to + 3] = hasAlpha ? (data[from + image.channels - 1] ?? 0) : 255;
  }
  return { width, height, channels, data: out };
};
