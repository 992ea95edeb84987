import { concatenate, ShapeError, type Tensor } from "@adjoint/core";
import type { Key } from "@adjoint/core/random";
import { activationNamed, mlp, type MlpParams } from "@adjoint/nn";
import { type AnyVitParams, vit } from "../vit/vit.ts";
import { blocksBefore, type VlmConfig } from "./vlm-config.ts";

/** How many vectors stand for one image. */
export const vectorsPerImage = ({ vision, keepClassToken, pool }: VlmConfig): number => {
  const across = vision.imageSize / vision.patchSize / pool;
  return across * across + (keepClassToken && vision.classToken !== false ? 1 : 0);
};

/** Images (M, channels, H, W), or frames (B, F, channels, H, W) one after the other. */
const inOneRow = (images: Tensor): Tensor => {
  if (images.rank === 4) return images;
  if (images.rank === 5) return images.reshape([-1, ...images.shape.slice(2)]);
  throw new ShapeError({
    operation: "vlm",
    rule: "takes images (M, channels, H, W) or frames (B, F, channels, H, W)",
    got: `[${images.shape.join()}]`,
    fix: "add an axis for the images",
  });
};

/** The states that are looked at, side by side: (M, N, C) or, for several layers, (M, N, layers C). */
const look = (
  params: AnyVitParams,
  images: Tensor,
  { vision, featureLayers, keepClassToken }: VlmConfig,
  key: Key | undefined,
): Tensor => {
  const counts = featureLayers.map((layer) => blocksBefore(layer, vision));
  const states = vit.hiddenAfter(params, images, vision, counts, key);
  const all = concatenate(states, -1);
  const [count = 0, places = 0, width = 0] = all.shape;
  return keepClassToken ? all : all.slice([0, 1, 0], [count, places, width]);
};

/** Means of squares of patches: (M, across across, C) gives (M, (across / pool)^2, C). */
const pooled = (x: Tensor, { vision, pool }: VlmConfig): Tensor => {
  if (pool === 1) return x;
  const [count = 0, , width = 0] = x.shape;
  const left = vision.imageSize / vision.patchSize / pool;
  return x
    .reshape([count, left, pool, left, pool, width])
    .mean([2, 4])
    .reshape([count, left * left, width]);
};

/** Images as vectors of the decoder's width, those of an image row by row: (M, channels, H, W) gives (M, N, C). */
export const imageVectors = (
  params: { readonly vision: AnyVitParams; readonly projector: MlpParams },
  images: Tensor,
  config: VlmConfig,
  key: Key | undefined,
): Tensor => {
  const seen = look(params.vision, inOneRow(images), config, key);
  const activation = activationNamed(config.projector.activation);
  return pooled(mlp.apply(params.projector, seen, { activation }), config);
};
