import { ones, type Tensor, tensor, zeros } from "@adjoint/core";
import { key } from "@adjoint/core/random";
import {
  bert,
  type BertConfig,
  bertConfig,
  clip,
  type ClipConfig,
  clipConfig,
  decoder,
  type DecoderConfig,
  decoderConfig,
  resnet,
  type ResnetConfig,
  resnetConfig,
  seq2seq,
  type Seq2SeqConfig,
  t5,
  transformerConfig,
  vit,
  type VitConfig,
  vitConfig,
  vlm,
  type VlmConfig,
  vlmConfig,
} from "@adjoint/models";

/** A model as a configuration, fresh parameters, and something computed with them. */
export type TinyModel<C = never> = {
  readonly config: C;
  readonly init: (config: C) => unknown;
  readonly run: (params: never, config: C) => Tensor;
};

const ids = (rows: number, length = 2): Tensor => zeros([rows, length], { dtype: "int32" });

const sizes = { vocabSize: 6, contextLength: 4, nEmbd: 8, nLayer: 2, nHead: 2 };
const image = { imageSize: 4, patchSize: 2, nEmbd: 8, nLayer: 2, nHead: 2 };

const decoderModel = (config: DecoderConfig): TinyModel<DecoderConfig> => ({
  config,
  init: (own) => decoder.init(key(0), own),
  run: (params, own) => decoder.apply(params, ids(1, Math.min(2, own.contextLength)), own),
});

/** Makes a model of a decoder, with a cache. */
export const cachedDecoder = (config: DecoderConfig): TinyModel<DecoderConfig> => ({
  ...decoderModel(config),
  run: (params, own) =>
    decoder.applyCached(params, decoder.cache(own, { lead: [1], capacity: 4 }), ids(1), own)[0],
});

const bertModel = (config: BertConfig): TinyModel<BertConfig> => ({
  config,
  init: (own) => bert.init(key(0), own),
  run: (params, own) => bert.apply(params, ids(1, Math.min(2, own.contextLength)), own),
});

const seq2seqModel = (config: Seq2SeqConfig): TinyModel<Seq2SeqConfig> => ({
  config,
  init: (own) => seq2seq.init(key(0), own),
  run: (params, own) => seq2seq.apply(params, ids(1), ids(1), own),
});

const imagesOf = ({ channels, imageSize }: VitConfig): Tensor =>
  ones([1, channels, imageSize, imageSize]);

const vitModel = (config: VitConfig): TinyModel<VitConfig> => ({
  config,
  init: (own) => vit.init(key(0), own),
  run: (params, own) => vit.apply(params, imagesOf(own), own),
});

const clipModel = (config: ClipConfig): TinyModel<ClipConfig> => ({
  config,
  init: (own) => clip.init(key(0), own),
  run: (params, own) => clip.apply(params, ids(1), imagesOf(own.vision), own),
});

const vlmModel = (config: VlmConfig): TinyModel<VlmConfig> => ({
  config,
  init: (own) => vlm.init(key(0), own),
  run: (params, own) => {
    const prompt = vlm.prompt([own.imageToken], 1, own);
    return vlm.apply(params, tensor([prompt], { dtype: "int32" }), imagesOf(own.vision), own);
  },
});

const resnetModel = (config: ResnetConfig): TinyModel<ResnetConfig> => ({
  config,
  init: (own) => resnet.init(key(0), own),
  run: (params, own) =>
    resnet.apply(params, resnet.initState(own), ones([1, own.channels, 8, 8]), own)[0],
});

const rope = { kind: "rope", layout: "half", base: 100 } as const;

/** Every kind of model, with every part that a configuration can have. */
export const tinyModels = {
  decoder: decoderModel(
    decoderConfig({
      ...sizes,
      positions: { ...rope, reversed: true, dim: 4 },
      windows: [2, undefined],
      attention: { useBias: true, outputBias: true, qkNorm: true, qkScale: true, scale: 0.5 },
      logitCap: 4,
      embeddingNorm: true,
    }),
  ),
  learned: decoderModel(
    decoderConfig({
      ...sizes,
      positions: { kind: "learned" },
      norm: { kind: "layer" },
      mlp: { gated: false, useBias: true },
      tiedHead: true,
    }),
  ),
  bare: decoderModel(
    decoderConfig({ ...sizes, norm: { useScale: false }, attention: { qkNorm: true, qkScale: false } }), // prettier-ignore
  ),
  shortcuts: decoderModel(
    decoderConfig({
      ...sizes,
      vocabRows: 8,
      nLayer: 3,
      shortcuts: { mixing: true, smearGate: 4, backout: true, valueGate: 2 },
    }),
  ),
  experts: decoderModel(
    decoderConfig({
      ...sizes,
      positions: { ...rope, layout: "interleaved" },
      latent: { kvRank: 4, qRank: 4, plainDim: 4, ropeDim: 2, valueDim: 4 },
      experts: {
        nExpert: 4,
        hidden: 4,
        topK: 2,
        gate: "sigmoid",
        renormalize: true,
        scale: 1,
        groups: { count: 2, keep: 1 },
        sharedHidden: 4,
        selectionBias: true,
        firstDense: 1,
      },
    }),
  ),
  bert: bertModel(bertConfig({ ...sizes, typeCount: 2 })),
  transformer: seq2seqModel(transformerConfig({ ...sizes, encoderLayers: 1, finalNorm: true, tiedHead: false })), // prettier-ignore
  vit: vitModel(vitConfig({ ...image, firstNorm: true })),
  clip: clipModel(clipConfig({ text: sizes, vision: image, projection: 4, endId: 5 })),
  vlm: vlmModel(
    vlmConfig({
      vision: vitConfig(image),
      text: decoderConfig({ ...sizes, contextLength: 8 }),
      imageToken: 5,
      featureLayers: [-2, -1],
    }),
  ),
  resnet: resnetModel(resnetConfig({ widths: [4, 8], depths: [1, 2], layer: "bottleneck", channels: 1 })), // prettier-ignore
};

const relative = t5.configFromJson({
  vocab_size: 6,
  d_model: 8,
  d_kv: 4,
  d_ff: 8,
  num_layers: 2,
  num_heads: 2,
  relative_attention_num_buckets: 4,
  feed_forward_proj: "gated-gelu",
});

/** T5 has no constructor but its reader. */
export const tinyT5: TinyModel<Seq2SeqConfig> = (() => {
  if (relative._tag === "Left") throw relative.left;
  return seq2seqModel(relative.right);
})();

/** All of them, whatever their configurations are. */
export const anyModels: Readonly<Record<string, TinyModel>> = {
  ...tinyModels,
  t5: tinyT5,
  cached: cachedDecoder(tinyModels.decoder.config),
} as unknown as Readonly<Record<string, TinyModel>>;

/** Runs models of the kinds that configurations of files are. */
export const runs = {
  decoder: decoderModel,
  bert: bertModel,
  seq2seq: seq2seqModel,
  vit: vitModel,
  clip: clipModel,
  vlm: vlmModel,
  resnet: resnetModel,
};
