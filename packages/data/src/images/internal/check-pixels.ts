/** Fails for an image of more than `most` pixels, or none. */
export const checkPixels = (width: number, height: number, most: number): void => {
  if (width > 0 && height > 0 && width * height <= most) return;
  throw new Error(`${width} x ${height} pixels; at most ${most} are allowed`);
};
