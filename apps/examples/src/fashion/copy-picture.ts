import { size } from "./fashion-data.ts";

/** How a picture is changed before it is learned from. */
export type Move = { readonly right: number; readonly down: number; readonly isMirrored: boolean };

export const unmoved: Move = { right: 0, down: 0, isMirrored: false };

/** Mean and standard deviation of all training pixels, between 0 and 1. */
const [mean, deviation] = [0.286, 0.353];

/** Byte to what the models read: black becomes -0.81, white 2.02. */
const scaled = Float32Array.from({ length: 256 }, (_, byte) => (byte / 255 - mean) / deviation);

/** Writes picture `from` of the bytes as picture `to` of the numbers; what comes in at the edges is black. */
export const copyPicture = (
  pixels: Uint8Array,
  from: number,
  images: Float32Array,
  to: number,
  { right, down, isMirrored }: Move,
): void => {
  const [source, target] = [from * size * size, to * size * size];
  for (let y = 0; y < size; y++) {
    const row = y - down;
    for (let x = 0; x < size; x++) {
      const shifted = x - right;
      const column = isMirrored ? size - 1 - shifted : shifted;
      const isInside = row >= 0 && row < size && column >= 0 && column < size;
      const byte = isInside ? (pixels[source + row * size + column] ?? 0) : 0;
      images[target + y * size + x] = scaled[byte] ?? 0;
    }
  }
};
