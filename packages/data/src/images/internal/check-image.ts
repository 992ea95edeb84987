import { ArgumentError } from "@adjoint/core";
import { wholeNumber } from "../../dataset/internal/settings.ts";
import type { Image } from "../image.ts";

/** `image`, when its data are as many as it says; else throws ArgumentError. */
export const checkImage = (operation: string, image: Image): Image => {
  const { width, height, channels, data } = image;
  wholeNumber(operation, "width", width, 1);
  wholeNumber(operation, "height", height, 1);
  wholeNumber(operation, "channels", channels, 1);
  if (data.length === width * height * channels) return image;
  throw new ArgumentError({
    operation,
    rule: `an image of ${height} x ${width} x ${channels} has ${width * height * channels} bytes`,
    got: `${data.length}`,
  });
};
