import type { Tensor } from "@adjoint/core";
import { type Key, splitTuple } from "@adjoint/core/random";
import {
  crossEntropy,
  type CrossEntropyOptions,
  embedding,
  mlp,
  type MlpParams,
  normalInit,
} from "@adjoint/nn";
import {
  type CachedDecoderOptions,
  decoder,
  type DecoderCache,
  type DecoderOptions,
} from "../decoder/decoder.ts";
import type { AnyDecoderParams, DecoderParams } from "../decoder/decoder-params.ts";
import { optionalKeys } from "../internal/optional-keys.ts";
import { type AnyVitParams, vit, type VitParams } from "../vit/vit.ts";
import { checkImageTokens, imagePrompt } from "./image-prompt.ts";
import { imageVectors, vectorsPerImage } from "./image-vectors.ts";
import { placeImages, withoutImages } from "./place-images.ts";
import { checkVlmConfig, type VlmConfig } from "./vlm-config.ts";
import { checkVlm } from "./vlm-shape.ts";

/** Parameters of `vlm`. */
export type VlmParams = {
  readonly vision: VitParams;
  /** Two layers, from the tower's width to the decoder's. */
  readonly projector: MlpParams;
  readonly text: DecoderParams;
};

/** The same with the layers of both halves one by one, or stacked by `vit.stack` and `decoder.stack`. */
export type AnyVlmParams = Omit<VlmParams, "vision" | "text"> & {
  readonly vision: AnyVitParams;
  readonly text: AnyDecoderParams;
};

/** Settings of one call. */
export type VlmOptions = Omit<DecoderOptions, "vectors">;

/** The type of `vlm`. */
export type Vlm = {
  readonly init: (key: Key, config: VlmConfig) => VlmParams;
  /** How many vectors, and so image tokens, stand for one image. */
  readonly vectorsPerImage: (config: VlmConfig) => number;
  /**
   * The ids of a prompt in which one image token stands for each of `images` images, with all the tokens that an image needs. Throws
   * ArgumentError when there are more or fewer, or when the result is longer than the context.
   */
  readonly prompt: (ids: readonly number[], images: number, config: VlmConfig) => readonly number[];
  /** Rejects with ArgumentError unless ids have an image token for each vector of the images, or none without images; reads the ids. */
  readonly check: (ids: Tensor, images: Tensor | undefined, config: VlmConfig) => Promise<void>;
  /** Images (M, channels, H, W), or frames (B, F, channels, H, W), as vectors (M, N, C) of the decoder's width; M is B F for frames. */
  readonly see: (params: AnyVlmParams, images: Tensor, config: VlmConfig, key?: Key) => Tensor;
  /** Scores of the next token: ids (..., T) and what `see` takes give (..., T, V). */
  readonly apply: (
    params: AnyVlmParams,
    ids: Tensor,
    images: Tensor | undefined,
    config: VlmConfig,
    options?: VlmOptions,
  ) => Tensor;
  /** Where the tokens of the decoder look, images' vectors among them, as `decoder.attention`; for the tower there is `vit.attention`. */
  readonly attention: (
    params: AnyVlmParams,
    ids: Tensor,
    images: Tensor | undefined,
    config: VlmConfig,
    options?: Omit<VlmOptions, "key">,
  ) => readonly Tensor[];
  /** Mean cross entropy of targets (..., T); `ignoreIndex` is a target that does not count, such as the image token. */
  readonly loss: (
    params: AnyVlmParams,
    ids: Tensor,
    targets: Tensor,
    images: Tensor | undefined,
    config: VlmConfig,
    options?: VlmOptions & Omit<CrossEntropyOptions, "mask">,
  ) => Tensor;
  /** As `decoder.cache`. */
  readonly cache: (config: VlmConfig, size: Parameters<typeof decoder.cache>[1]) => DecoderCache;
  /** As `decoder.applyCached`; `images` belong to the image tokens among these ids, and are undefined when there are none. */
  readonly applyCached: (
    params: AnyVlmParams,
    cache: DecoderCache,
    ids: Tensor,
    images: Tensor | undefined,
    config: VlmConfig,
    options?: Omit<CachedDecoderOptions, "vectors">,
  ) => readonly [Tensor, DecoderCache];
};

/** The vectors that the decoder reads: those of words, and those of images where image tokens are. */
const read = (
  params: AnyVlmParams,
  ids: Tensor,
  images: Tensor | undefined,
  config: VlmConfig,
  key: Key | undefined,
): Tensor => {
  checkVlm(params, config);
  const words = embedding.apply(params.text.wte, ids);
  if (images === undefined) return withoutImages(ids, words, config.imageToken);
  const vectors = imageVectors(params, images, config, key);
  return placeImages(ids, words, vectors.reshape([-1, config.text.nEmbd]), config.imageToken);
};

/**
 * A vision-language model as LLaVA has it: a Vision Transformer looks at images, two linear layers turn its patches into vectors of the
 * decoder's width, and these take the places of image tokens in a prompt. A video is its frames in the order of time. Any number of
 * images may be anywhere in any row; in the order of the batch, they go to the image tokens one after the other.
 *
 * All shapes are static, so `apply` and `applyCached` can be compiled. Throws ShapeError when there are fewer ids than vectors of images;
 * image tokens that are more or fewer make all scores NaN, and those without any images all scores of their row, which `vlm.check` explains
 * before, and `vlm.prompt` avoids.
 * @see https://arxiv.org/abs/2310.03744
 *
 * ```ts doctest
 * import { ones, tensor } from "@adjoint/core";
 * import { key } from "@adjoint/core/random";
 * import { decoderConfig, vitConfig, vlm, vlmConfig } from "@adjoint/models";
 * const config = vlmConfig({
 *   vision: vitConfig({ imageSize: 8, patchSize: 4, nEmbd: 16, nLayer: 2, nHead: 2 }),
 *   text: decoderConfig({ vocabSize: 12, contextLength: 32, nEmbd: 24, nLayer: 1, nHead: 2 }),
 *   imageToken: 11,
 * });
 * const ids = vlm.prompt([1, 11, 2], 1, config);
 * ids; // => [1, 11, 11, 11, 11, 2]
 * const params = vlm.init(key(0), config);
 * vlm.apply(params, tensor([ids], { dtype: "int32" }), ones([1, 3, 8, 8]), config).shape; // => [1, 6, 12]
 * ```
 */
export const vlm: Vlm = {
  init: (key, config) => {
    checkVlmConfig("vlm.init", config);
    const { vision, text, featureLayers, projector } = config;
    const [forVision, forProjector, forText] = splitTuple(key, 3);
    return {
      vision: vit.init(forVision, vision),
      projector: mlp.init(forProjector, {
        sizes: [vision.nEmbd * featureLayers.length, text.nEmbd, text.nEmbd],
        useBias: projector.useBias,
        kernelInit: normalInit(text.initStd),
      }),
      text: decoder.init(forText, text),
    };
  },
  vectorsPerImage,
  prompt: imagePrompt,
  check: checkImageTokens,
  see: (params, images, config, key) => {
    checkVlm(params, config);
    return imageVectors(params, images, config, key);
  },
  apply: (params, ids, images, config, { key, ...options } = {}) => {
    const [forVision, forText] = optionalKeys(key, 2);
    const vectors = read(params, ids, images, config, forVision);
    return decoder.apply(params.text, ids, config.text, { ...options, vectors, key: forText });
  },
  attention: (params, ids, images, config, options = {}) => {
    const vectors = read(params, ids, images, config, undefined);
    return decoder.attention(params.text, ids, config.text, { ...options, vectors });
  },
  loss: (params, ids, targets, images, config, options = {}) => {
    const { mask: _, ...counting } = options; // what tokens see is not which losses count
    return crossEntropy(vlm.apply(params, ids, images, config, options), targets, counting);
  },
  cache: ({ text }, size) => decoder.cache(text, size),
  applyCached: (params, cache, ids, images, config, options) => {
    const vectors = read(params, ids, images, config, undefined);
    return decoder.applyCached(params.text, cache, ids, config.text, { ...options, vectors });
  },
};
