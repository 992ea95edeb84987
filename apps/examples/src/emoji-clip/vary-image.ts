import { cropImage, type Image, resizeImage } from "@adjoint/data";

/** Numbers of [0, 1) that decide how a picture is varied. */
export type Draws = {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly top: number;
  readonly mirror: number;
};

/** The smallest part of a picture's width or height that is cut out. */
const smallest = 0.75;

const mirrored = ({ width, height, channels, data }: Image): Image => {
  const out = new Uint8Array(data.length);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < channels; c++)
        out[(y * width + x) * channels + c] = data[(y * width + width - 1 - x) * channels + c] ?? 0;
  return { width, height, channels, data: out };
};

/** A part of the picture, stretched to its size, and half of the time its mirror image where that may be. */
export const varyImage = (image: Image, draws: Draws, canMirror: boolean): Image => {
  const side = (whole: number, draw: number): number =>
    Math.round(whole * (smallest + (1 - smallest) * draw));
  const [width, height] = [side(image.width, draws.width), side(image.height, draws.height)];
  const left = Math.floor((image.width - width + 1) * draws.left);
  const top = Math.floor((image.height - height + 1) * draws.top);
  const part = cropImage(image, { width, height, left, top });
  const whole = resizeImage(part, { width: image.width, height: image.height });
  return canMirror && draws.mirror < 0.5 ? mirrored(whole) : whole;
};
