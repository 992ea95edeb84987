/** An image of whole bytes: `data` is height x width x channels, row by row; 1 channel is gray, 2 add alpha, 3 RGB, 4 RGBA. */
export type Image = {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Uint8Array;
};
