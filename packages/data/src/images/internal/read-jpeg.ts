import { decode } from "jpeg-js";
import type { Image } from "../image.ts";
import { checkPixels } from "./check-pixels.ts";

/** Whether a file is JPEG, by its first bytes. */
export const isJpeg = (bytes: Uint8Array): boolean =>
  bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;

type Frame = { readonly width: number; readonly height: number; readonly components: number };

/** What the frame header says: it comes before the decoder allocates anything. ITU-T T.81, B.2.2. */
const readFrame = (bytes: Uint8Array): Frame => {
  const at = (i: number): number => bytes[i] ?? 0;
  const word = (i: number): number => at(i) * 256 + at(i + 1);
  for (let i = 2; i + 9 < bytes.length;) {
    const marker = at(i + 1);
    if (at(i) !== 0xff) throw new Error(`no marker at byte ${i}`);
    if (marker === 0xff) {
      i++;
      continue;
    }
    // the start of a frame, but not the tables of codes that share its range
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker))
      return { height: word(i + 5), width: word(i + 7), components: at(i + 9) };
    i += 2 + word(i + 2);
  }
  throw new Error("it has no frame");
};

/** Decodes a JPEG file to gray or RGB; throws what is wrong with it. */
export const readJpeg = (bytes: Uint8Array, maxPixels: number): Image => {
  const { width, height, components } = readFrame(bytes);
  checkPixels(width, height, maxPixels);
  const { data } = decode(bytes, {
    useTArray: true,
    formatAsRGBA: false,
    tolerantDecoding: false,
    maxResolutionInMP: Infinity, // checked above
    maxMemoryUsageInMB: 64 + (maxPixels / 2 ** 20) * 64,
  });
  const rgb = { width, height, channels: 3, data: new Uint8Array(data) };
  if (components !== 1) return rgb;
  return { width, height, channels: 1, data: rgb.data.filter((_, i) => i % 3 === 0) };
};
