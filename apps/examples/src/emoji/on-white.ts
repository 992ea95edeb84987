import type { Image } from "@adjoint/data";

/** A picture of RGBA on a white ground: RGB. */
export const onWhite = ({ width, height, data }: Image): Image => {
  const pixels = width * height;
  const rgb = new Uint8Array(pixels * 3);
  for (let pixel = 0; pixel < pixels; pixel++) {
    const alpha = data[pixel * 4 + 3] ?? 0;
    for (let c = 0; c < 3; c++)
      rgb[pixel * 3 + c] = Math.round(255 - ((255 - (data[pixel * 4 + c] ?? 0)) * alpha) / 255);
  }
  return { width, height, channels: 3, data: rgb };
};
