import { ArgumentError, concatenate, ShapeError, type Tensor } from "@adjoint/core";
import { type Key, splitTuple } from "@adjoint/core/random";
import { dropout, linear, type LinearParams, normalInit } from "@adjoint/nn";
import { applyAnyBlocks, applyFirstBlocks } from "../block/block-stack.ts";
import { stackBlocks, type Stacked, unstackBlocks } from "../block/stack-blocks.ts";
import { applyNorm, initNorm, type NormParams } from "../block/norm.ts";
import { type BlockParams, initBlocks } from "../block/transformer-block.ts";
import { checkVitConfig, type VitConfig } from "./vit-config.ts";
import { checkVit } from "./vit-shape.ts";
import { placesOf } from "./vit-weights.ts";
import { optionalKeys } from "../internal/optional-keys.ts";

/** Parameters of `vit`. */
export type VitParams = {
  /** Kernel (channels P P, C) of a patch, its elements by channel, row and column. */
  readonly patch: LinearParams;
  /** The vector (C) that stands before the patches; none where the configuration says so. */
  readonly classToken?: Tensor;
  /** (N + 1, C), or (N, C) without a class token. */
  readonly position: Tensor;
  readonly firstNorm?: NormParams;
  readonly blocks: readonly BlockParams[];
  readonly finalNorm: NormParams;
};

/** The same with equal layers put together, as `vit.stack` makes it: what is traced does not grow with depth. */
export type StackedVitParams = Stacked<VitParams>;

/** Parameters layer by layer, or stacked. */
export type AnyVitParams = VitParams | StackedVitParams;

/** The type of `vit`. */
export type Vit = {
  readonly init: (key: Key, config: VitConfig) => VitParams;
  /** Images (B, channels, H, W) as vectors (B, N + 1, C) after the blocks, the first for the image, one for each patch. */
  readonly hidden: (params: AnyVitParams, images: Tensor, config: VitConfig, key?: Key) => Tensor;
  /** The same after each of some numbers of blocks, 0 for what enters the first. Blocks after the largest are not run. */
  readonly hiddenAfter: (
    params: AnyVitParams,
    images: Tensor,
    config: VitConfig,
    counts: readonly number[],
    key?: Key,
  ) => readonly Tensor[];
  /** As `hidden`, after the last norm. */
  readonly apply: (params: AnyVitParams, images: Tensor, config: VitConfig, key?: Key) => Tensor;
  /** Where patches look: the weights of each layer's attention (B, H, N + 1, N + 1), as `decoder.attention`. */
  readonly attention: (
    params: AnyVitParams,
    images: Tensor,
    config: VitConfig,
  ) => readonly Tensor[];
  /** Parameters with equal layers put together, which all functions here take too, as `decoder.stack`. */
  readonly stack: (params: VitParams, config: VitConfig) => StackedVitParams;
  /** Parameters layer by layer again, as `saveParams` takes them. */
  readonly unstack: (params: StackedVitParams) => VitParams;
  /** What stands for the whole image: (B, N + 1, C) gives (B, C). */
  readonly pool: (hidden: Tensor) => Tensor;
  /** Fresh parameters of a linear head with `outputs` scores. */
  readonly initHead: (key: Key, config: VitConfig, outputs: number) => LinearParams;
};

/** Patches of an image side by side: (B, channels, H, W) gives (B, N, channels P P). */
const patchesOf = (images: Tensor, { imageSize, patchSize, channels }: VitConfig): Tensor => {
  const [batch = 0] = images.shape;
  const across = imageSize / patchSize;
  if (images.rank !== 4 || images.shape.slice(1).join() !== [channels, imageSize, imageSize].join())
    throw new ShapeError({
      operation: "vit",
      rule: `takes images (B, ${channels}, ${imageSize}, ${imageSize})`,
      got: `[${images.shape.join()}]`,
      fix: "resize them, channels first",
    });
  return images
    .reshape([batch, channels, across, patchSize, across, patchSize])
    .transpose([0, 2, 4, 1, 3, 5])
    .reshape([batch, across * across, channels * patchSize * patchSize]);
};

const embed = (params: AnyVitParams, images: Tensor, config: VitConfig): Tensor => {
  const patches = linear.apply(params.patch, patchesOf(images, config));
  const [batch = 0] = images.shape;
  const first = params.classToken?.broadcastTo([batch, 1, config.nEmbd]);
  const all = first === undefined ? patches : concatenate([first, patches], 1);
  const x = all.add(params.position);
  return params.firstNorm === undefined ? x : applyNorm(params.firstNorm, x, config);
};

/** What enters the blocks, and what decides what they drop. */
const entering = (
  params: AnyVitParams,
  images: Tensor,
  config: VitConfig,
  key: Key | undefined,
): readonly [Tensor, Key | undefined] => {
  checkVit(params, config);
  const [forEmbedding, forBlocks] = optionalKeys(key, 2);
  const dropping = { dropout: config.dropout, key: forEmbedding };
  return [dropout(embed(params, images, config), dropping), forBlocks];
};

const checkCounts = (counts: readonly number[], { nLayer }: VitConfig): void => {
  const odd = counts.find((count) => !Number.isInteger(count) || count < 0 || count > nLayer);
  if (odd === undefined) return;
  throw new ArgumentError({
    operation: "vit.hiddenAfter",
    rule: `counts must be whole numbers from 0 to ${nLayer}`,
    got: `${odd}`,
  });
};

/**
 * Vision Transformer: an image is cut into patches, and these are read like the words of a text. Frames of a video are a batch of
 * images. Throws ShapeError for images of another size; parameters are checked as those of `decoder`.
 * @see https://arxiv.org/abs/2010.11929
 *
 * ```ts doctest
 * import { ones } from "@adjoint/core";
 * import { key } from "@adjoint/core/random";
 * import { vit, vitConfig } from "@adjoint/models";
 * import { linear } from "@adjoint/nn";
 * const config = vitConfig({ imageSize: 8, patchSize: 4, nEmbd: 16, nLayer: 2, nHead: 2 });
 * const vectors = vit.apply(vit.init(key(0), config), ones([2, 3, 8, 8]), config);
 * vectors.shape; // => [2, 5, 16]
 * linear.apply(vit.initHead(key(1), config, 10), vit.pool(vectors)).shape; // => [2, 10]
 * ```
 */
export const vit: Vit = {
  init: (key, config) => {
    checkVitConfig("vit.init", config);
    const { channels, patchSize, nEmbd, initStd, patchBias, firstNorm, classToken = true } = config;
    const [forPatches, forClass, forPlaces, forBlocks] = splitTuple(key, 4);
    const init = normalInit(initStd);
    return {
      patch: linear.init(forPatches, {
        inFeatures: channels * patchSize * patchSize,
        outFeatures: nEmbd,
        useBias: patchBias,
        kernelInit: init,
      }),
      ...(classToken ? { classToken: init(forClass, [nEmbd]) } : {}),
      position: init(forPlaces, [placesOf(config), nEmbd]),
      ...(firstNorm ? { firstNorm: initNorm(key, config) } : {}),
      blocks: initBlocks(forBlocks, config),
      finalNorm: initNorm(key, config),
    };
  },
  hidden: (params, images, config, key) => {
    const [first, forBlocks] = entering(params, images, config, key);
    return applyAnyBlocks(params, first, config, {}, forBlocks).x;
  },
  hiddenAfter: (params, images, config, counts, key) => {
    checkCounts(counts, config);
    const [first, forBlocks] = entering(params, images, config, key);
    const last = Math.max(0, ...counts);
    const { states } = applyFirstBlocks(params, first, config, last, forBlocks);
    return counts.map((count) => states[count - 1] ?? first);
  },
  attention: (params, images, config) => {
    const [first] = entering(params, images, config, undefined);
    const { weights } = applyAnyBlocks(params, first, config, { watched: true });
    return weights.map(({ own }) => own);
  },
  stack: (params, config) => {
    checkVit(params, config);
    return stackBlocks("vit.stack", params, config);
  },
  unstack: (params) => unstackBlocks("vit.unstack", params),
  apply: (params, images, config, key) => {
    const hidden = vit.hidden(params, images, config, key);
    return applyNorm(params.finalNorm, hidden, config);
  },
  pool: (hidden) => {
    const [batch = 0, , width = 0] = hidden.shape;
    return hidden.slice([0, 0, 0], [batch, 1, width]).squeeze(1);
  },
  initHead: (key, { nEmbd, initStd }, outputs) =>
    linear.init(key, {
      inFeatures: nEmbd,
      outFeatures: outputs,
      kernelInit: normalInit(initStd),
    }),
};
