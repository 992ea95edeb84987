import { argmax, norm, oneHot, type Tensor, tensor } from "@adjoint/core";
import { type Key, splitTuple } from "@adjoint/core/random";
import { clipLoss, linear, type LinearParams, normalInit } from "@adjoint/nn";
import { applyNorm } from "../block/norm.ts";
import { decoder } from "../decoder/decoder.ts";
import type {
  AnyDecoderParams,
  DecoderParams,
  StackedDecoderParams,
} from "../decoder/decoder-params.ts";
import { type AnyVitParams, type StackedVitParams, vit, type VitParams } from "../vit/vit.ts";
import { checkClipConfig, type ClipConfig } from "./clip-config.ts";
import { checkClip } from "./clip-shape.ts";

/** Parameters of `clip`. */
export type ClipParams = {
  readonly text: DecoderParams;
  readonly vision: VitParams;
  /** Kernel (C, projection) of texts. */
  readonly textProjection: LinearParams;
  /** Kernel (C, projection) of images. */
  readonly visionProjection: LinearParams;
  /** Scalar: logarithm of what similarities are multiplied with. */
  readonly logitScale: Tensor;
};

/** The same with equal layers put together, as `clip.stack` makes it: what is traced does not grow with depth. */
export type StackedClipParams = Omit<ClipParams, "text" | "vision"> & {
  readonly text: StackedDecoderParams;
  readonly vision: StackedVitParams;
};

/** The same with the layers of both towers one by one, or stacked. */
export type AnyClipParams = Omit<ClipParams, "text" | "vision"> & {
  readonly text: AnyDecoderParams;
  readonly vision: AnyVitParams;
};

/** The type of `clip`. */
export type Clip = {
  readonly init: (key: Key, config: ClipConfig) => ClipParams;
  /** Parameters whose towers have their equal layers put together, which all functions here take too, as `decoder.stack`. */
  readonly stack: (params: ClipParams, config: ClipConfig) => StackedClipParams;
  /** Parameters layer by layer again, as `saveParams` takes them. */
  readonly unstack: (params: StackedClipParams) => ClipParams;
  /** Texts int32 (B, T), each with the end token, as vectors (B, projection) of length 1. */
  readonly text: (params: AnyClipParams, ids: Tensor, config: ClipConfig) => Tensor;
  /** Images (B, channels, H, W) as vectors (B, projection) of length 1. */
  readonly image: (params: AnyClipParams, images: Tensor, config: ClipConfig) => Tensor;
  /** Similarities (texts, images), scaled. */
  readonly apply: (
    params: AnyClipParams,
    ids: Tensor,
    images: Tensor,
    config: ClipConfig,
  ) => Tensor;
  /** The contrastive loss of a batch in which text i belongs to image i. */
  readonly loss: (params: AnyClipParams, ids: Tensor, images: Tensor, config: ClipConfig) => Tensor;
};

const unit = (x: Tensor): Tensor => x.div(norm(x, { axis: -1, keepDims: true }));

/** The vector of the first end token of each text: (B, T, C) gives (B, C). */
const atEnd = (hidden: Tensor, ids: Tensor, endId: number): Tensor => {
  const place = argmax(ids.equal(endId).cast("int32"), -1);
  const mark = oneHot(place, ids.shape.at(-1) ?? 1).expandDims(-1); // (B, T, 1)
  return hidden.mul(mark).sum(1);
};

/** As in the paper: similarities start 1 / 0.07 times as large. */
const startScale = Math.log(1 / 0.07);

/**
 * CLIP: texts and images as vectors in one space, learned from pairs. The text tower is a causal decoder, the image tower a Vision
 * Transformer; where they look is `decoder.attention` of one and `vit.attention` of the other.
 * @see https://arxiv.org/abs/2103.00020
 *
 * ```ts doctest
 * import { ones, tensor } from "@adjoint/core";
 * import { key } from "@adjoint/core/random";
 * import { clip, clipConfig } from "@adjoint/models";
 * const config = clipConfig({
 *   projection: 8,
 *   endId: 9,
 *   text: { vocabSize: 10, contextLength: 6, nEmbd: 16, nLayer: 1, nHead: 2 },
 *   vision: { imageSize: 8, patchSize: 4, nEmbd: 16, nLayer: 1, nHead: 2 },
 * });
 * const params = clip.init(key(0), config);
 * const ids = tensor([[1, 2, 9], [3, 9, 9]], { dtype: "int32" });
 * clip.apply(params, ids, ones([3, 3, 8, 8]), config).shape; // => [2, 3]
 * ```
 */
export const clip: Clip = {
  init: (key, config) => {
    checkClipConfig("clip.init", config);
    const { text, vision, projection } = config;
    const [forText, forVision, forTextOut, forVisionOut] = splitTuple(key, 4);
    const project = (own: Key, width: number): LinearParams =>
      linear.init(own, {
        inFeatures: width,
        outFeatures: projection,
        useBias: false,
        kernelInit: normalInit(width ** -0.5),
      });
    return {
      text: decoder.init(forText, text),
      vision: vit.init(forVision, vision),
      textProjection: project(forTextOut, text.nEmbd),
      visionProjection: project(forVisionOut, vision.nEmbd),
      logitScale: tensor(startScale),
    };
  },
  stack: (params, config) => ({
    ...params,
    text: decoder.stack(params.text, config.text),
    vision: vit.stack(params.vision, config.vision),
  }),
  unstack: (params) => ({
    ...params,
    text: decoder.unstack(params.text),
    vision: vit.unstack(params.vision),
  }),
  text: (params, ids, config) => {
    checkClip(params, config);
    const { text, endId } = config;
    const hidden = decoder.hidden(params.text, ids, text);
    return unit(linear.apply(params.textProjection, atEnd(hidden, ids, endId)));
  },
  image: (params, images, config) => {
    checkClip(params, config);
    const { vision } = config;
    const first = vit.pool(vit.hidden(params.vision, images, vision));
    const pooled = applyNorm(params.vision.finalNorm, first, vision);
    return unit(linear.apply(params.visionProjection, pooled));
  },
  apply: (params, ids, images, config) =>
    clip
      .text(params, ids, config)
      .matmul(clip.image(params, images, config).transpose())
      .mul(params.logitScale.exp()),
  loss: (params, ids, images, config) =>
    clipLoss(clip.image(params, images, config), clip.text(params, ids, config), params.logitScale),
};
