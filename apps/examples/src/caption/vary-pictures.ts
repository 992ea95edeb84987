import { clip, iota, round, takeAlongAxis, type Tensor } from "@adjoint/core";
import { bernoulli, type Key, splitTuple, uniform } from "@adjoint/core/random";

/** For each picture, the places (B, size) along one axis from which its pixels come: closer or further, and moved. */
const places = (zoom: Tensor, moved: Tensor, size: number): Tensor => {
  const centre = (size - 1) / 2;
  const from = iota([1, size], 1).cast("float32").sub(centre).mul(zoom).add(moved).add(centre);
  return clip(round(from), 0, size - 1).cast("int32");
};

/** Pictures (B, F, 3, H, W) seen from closer or further, moved a little, and half of the time in a mirror. */
export const varyPictures = (images: Tensor, key: Key): Tensor => {
  const [batch = 0, frames = 0, channels = 0, height = 0, width = 0] = images.shape;
  const [forZoom, forX, forY, forMirror] = splitTuple(key, 4);
  const zoom = uniform(forZoom, [batch, 1], { minval: 0.75, maxval: 1.1 });
  const mirror = bernoulli(forMirror, [batch, 1]).where(-1, 1);
  const moved = (own: Key): Tensor => uniform(own, [batch, 1], { minval: -3, maxval: 3 });
  const columns = places(zoom.mul(mirror), moved(forX), width); // (B, W)
  const rows = places(zoom, moved(forY), height); // (B, H)
  const from = rows.expandDims(2).mul(width).add(columns.expandDims(1)); // (B, H, W)
  const flat = images.reshape([batch, frames * channels, height * width]);
  return takeAlongAxis(flat, from.reshape([batch, 1, height * width]), 2).reshape(images.shape);
};
