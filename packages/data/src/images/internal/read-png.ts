import { convertIndexedToRgb, decode, type DecodedPng } from "fast-png";
import type { Image } from "../image.ts";
import { checkPixels } from "./check-pixels.ts";

const magic = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** Whether a file is PNG, by its first bytes. */
export const isPng = (bytes: Uint8Array): boolean => magic.every((byte, i) => bytes[i] === byte);

/** Samples of fewer than 8 bits, which are packed row by row, as bytes. */
const unpack = ({ width, height, depth, data }: DecodedPng): Uint8Array => {
  const samples = new Uint8Array(width * height);
  const rowBytes = Math.ceil((width * depth) / 8);
  const most = 2 ** depth - 1;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const bit = x * depth;
      const byte = data[y * rowBytes + (bit >> 3)] ?? 0;
      samples[y * width + x] = (((byte >> (8 - depth - (bit & 7))) & most) * 255) / most;
    }
  return samples;
};

const bytesOf = (png: DecodedPng): Uint8Array => {
  if (png.depth < 8) return unpack(png);
  if (png.depth === 16) return Uint8Array.from(png.data, (sample) => sample >> 8);
  return new Uint8Array(png.data);
};

/** Decodes a PNG file; throws what is wrong with it. */
export const readPng = (bytes: Uint8Array, maxPixels: number): Image => {
  // the first chunk must be the header, at byte 8: PNG specification, 11.2.1
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  checkPixels(view.getUint32(16), view.getUint32(20), maxPixels);
  const png = decode(bytes, { checkCrc: true });
  const { width, height, palette } = png;
  if (palette === undefined) return { width, height, channels: png.channels, data: bytesOf(png) };
  const channels = palette[0]?.length ?? 3;
  return { width, height, channels, data: Uint8Array.from(convertIndexedToRgb(png)) };
};
