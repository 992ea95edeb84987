export type { Either } from "@adjoint/core/either";

// blocks
export type { AttentionParams } from "./block/attend.ts";
export type { BlockConfig, ExpertsConfig, LatentConfig } from "./block/block-config.ts";
export type { FeedForwardParams } from "./block/feed-forward.ts";
export type { NormParams } from "./block/norm.ts";
export type { BlockParams } from "./block/transformer-block.ts";

// decoders
export type {
  DecoderConfig,
  Positions,
  PositionScaling,
  Shortcuts,
} from "./decoder/decoder-config.ts";
export type { ShortcutParams, ValueParams } from "./decoder/shortcuts.ts";
export { decoderConfig, type DecoderSettings } from "./decoder/make-decoder-config.ts";
export {
  type CachedDecoderOptions,
  decoder,
  type Decoder,
  type DecoderCache,
  type DecoderOptions,
} from "./decoder/decoder.ts";
export type {
  AnyDecoderParams,
  DecoderParams,
  StackedDecoderParams,
} from "./decoder/decoder-params.ts";

// families
export type { DecoderFamily } from "./families/decoder-family.ts";
export { deepseek } from "./families/deepseek.ts";
export { gpt2 } from "./families/gpt2.ts";
export { llama } from "./families/llama.ts";
export { mistral } from "./families/mistral.ts";
export { mixtral } from "./families/mixtral.ts";
export { nanochat } from "./families/nanochat.ts";
export { nanochatOwn } from "./families/nanochat-own.ts";
export { qwen2 } from "./families/qwen2.ts";
export { qwen3 } from "./families/qwen3.ts";

// BERT
export {
  type AnyBertParams,
  bert,
  type Bert,
  type BertOptions,
  type BertParams,
  type MaskedWordParams,
  type StackedBertParams,
} from "./bert/bert.ts";
export {
  type BertConfig,
  bertConfig,
  bertConfigFromJson,
  bertConfigToJson,
  type BertSettings,
} from "./bert/bert-config.ts";
export { type BertHeads, bertHeads, type BertLabels } from "./bert/bert-heads.ts";
export { bertWeights } from "./bert/bert-weights.ts";
export type { BertFamily } from "./bert/bert-family.ts";
export { distilbert } from "./bert/distilbert.ts";
export { roberta } from "./bert/roberta.ts";

// weights
export { PretrainedError } from "./pretrained/pretrained-error.ts";
export type { StoredSlice, WeightRule } from "./pretrained/weight-rule.ts";
export { joinSources, type WeightSource } from "./pretrained/weight-source.ts";
export { loadParams, type LoadParamsOptions, type WeightMap } from "./pretrained/load-params.ts";
export {
  loadPartialParams,
  type LoadPartialParamsOptions,
  type PartialParams,
} from "./pretrained/load-partial-params.ts";
export { saveParams } from "./pretrained/save-params.ts";
export type { GgufValue } from "./gguf/metadata.ts";
export { GgufError } from "./gguf/gguf-error.ts";
export { type GgufFile, type GgufTensor, openGguf } from "./gguf/open-gguf.ts";

// encoder-decoders
export {
  seq2seq,
  type Seq2Seq,
  type Seq2SeqAttention,
  type Seq2SeqOptions,
} from "./seq2seq/seq2seq.ts";
export type {
  AnySeq2SeqParams,
  Memory,
  Seq2SeqParams,
  SideParams,
  StackedSeq2SeqParams,
  StackedSideParams,
} from "./seq2seq/seq2seq-params.ts";
export {
  type Seq2SeqConfig,
  type Seq2SeqPositions,
  transformerConfig,
  type TransformerSettings,
} from "./seq2seq/seq2seq-config.ts";
export { t5, type T5 } from "./seq2seq/t5.ts";

// images
export {
  type AnyVitParams,
  type StackedVitParams,
  vit,
  type Vit,
  type VitParams,
} from "./vit/vit.ts";
export {
  type VitConfig,
  vitConfig,
  vitConfigFromJson,
  vitConfigToJson,
  type VitSettings,
} from "./vit/vit-config.ts";
export { vitWeights } from "./vit/vit-weights.ts";
export {
  type AnyClipParams,
  clip,
  type Clip,
  type ClipParams,
  type StackedClipParams,
} from "./clip/clip.ts";
export {
  type ClipConfig,
  clipConfig,
  clipConfigFromJson,
  clipConfigToJson,
  type ClipSettings,
} from "./clip/clip-config.ts";
export { clipWeights } from "./clip/clip-weights.ts";
export { type AnyVlmParams, vlm, type Vlm, type VlmOptions, type VlmParams } from "./vlm/vlm.ts";
export { type VlmConfig, vlmConfig, type VlmSettings } from "./vlm/vlm-config.ts";
export { llava, type Llava } from "./vlm/llava.ts";
export { configText } from "./pretrained/config-text.ts";
export { type OpenFile, openWeights } from "./pretrained/safetensors-weights.ts";
export { shardFiles, type ShardOptions } from "./pretrained/shards.ts";
export {
  type ConvNormParams,
  resnet,
  type Resnet,
  type ResnetParams,
  type ResnetState,
} from "./resnet/resnet.ts";
export {
  type ResnetConfig,
  resnetConfig,
  resnetConfigFromJson,
  resnetConfigToJson,
  type ResnetSettings,
} from "./resnet/resnet-config.ts";
export { resnetWeights } from "./resnet/resnet-weights.ts";
