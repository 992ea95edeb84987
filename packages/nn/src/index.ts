export type { Layer } from "./layers/layer.ts";
export type { StatefulLayer } from "./layers/stateful-layer.ts";

// layers
export { linear, type LinearConfig, type LinearParams } from "./layers/linear.ts";
export {
  type AttendOptions,
  embedding,
  type EmbeddingConfig,
  type EmbeddingLayer,
  type EmbeddingOptions,
  type EmbeddingParams,
} from "./layers/embedding.ts";
export {
  layerNorm,
  type LayerNormConfig,
  type LayerNormOptions,
  type LayerNormParams,
} from "./layers/layer-norm.ts";
export {
  geglu,
  glu,
  type GluConfig,
  type GluLayer,
  type GluOptions,
  type GluParams,
  reglu,
  swiglu,
} from "./layers/glu.ts";
export { dropout, type DropoutOptions } from "./layers/dropout.ts";
export { mlp, type MlpConfig, type MlpOptions, type MlpParams } from "./layers/mlp.ts";
export {
  type AttentionOptions,
  causalMask,
  dotProductAttention,
} from "./layers/dot-product-attention.ts";
export {
  selfAttention,
  type SelfAttentionConfig,
  type SelfAttentionOptions,
  type SelfAttentionParams,
} from "./layers/self-attention.ts";
export { block, type BlockConfig, type BlockOptions, type BlockParams } from "./layers/block.ts";

// attention
export { type AttentionWeightOptions, attentionWeights } from "./attention/attention-weights.ts";
export {
  type ExtendCacheOptions,
  extendCache,
  type ExtendedCache,
  kvCache,
  type KvCache,
  type KvCacheConfig,
} from "./attention/kv-cache.ts";
export {
  latentAttention,
  type LatentAttentionConfig,
  type LatentAttentionLayer,
  type LatentAttentionOptions,
  type LatentAttentionParams,
  type LatentQueryParams,
} from "./attention/latent-attention.ts";
export {
  type AttentionMask,
  attentionMask,
  type Mask,
  masks,
  type Masks,
  type MaskPlaces,
  maskTensor,
} from "./attention/masks.ts";
export { joinHeads, splitHeads } from "./attention/heads.ts";
export {
  type BiasOfPlaces,
  type CachedAttentionOptions,
  type ContextHeads,
  multiHeadAttention,
  type MultiHeadAttentionLayer,
  type MultiHeadAttentionOptions,
} from "./attention/multi-head-attention.ts";
export type {
  MultiHeadAttentionConfig,
  MultiHeadAttentionParams,
} from "./attention/multi-head-params.ts";

// positions
export { alibiBias, alibiSlopes } from "./positions/alibi.ts";
export {
  positionEmbedding,
  type PositionEmbeddingConfig,
  type PositionEmbeddingOptions,
} from "./positions/position-embedding.ts";
export { positionsOfPacked, positionsOfPadded } from "./positions/position-ids.ts";
export {
  relativeBias,
  type RelativeBiasConfig,
  type RelativeBiasLayer,
  type RelativeBiasOptions,
  type RelativeBiasParams,
  relativeBuckets,
} from "./positions/relative-bias.ts";
export {
  applyRope,
  convertRopeLayout,
  rope,
  type Rope,
  type RopeConversion,
  type RopeLayout,
  type RopeOptions,
} from "./positions/rope.ts";
export {
  type RopeFrequencies,
  ropeFrequencies,
  type RopeFrequencyOptions,
  type RopeScaling,
} from "./positions/rope-frequencies.ts";
export { sinusoidal, type SinusoidalOptions } from "./positions/sinusoidal.ts";

// mixture of experts
export {
  balancedBias,
  type BalancedBiasOptions,
  loadBalanceLoss,
  type LoadBalanceOptions,
  type RouterLossOptions,
  routerZLoss,
} from "./moe/balance.ts";
export { expertChoice, type ExpertChoiceOptions } from "./moe/expert-choice.ts";
export type { ExpertParams } from "./moe/experts.ts";
export { moe, type MoeConfig, type MoeLayer, type MoeOptions, type MoeParams } from "./moe/moe.ts";
export { type RouterOptions, routeTopK, type Routing } from "./moe/router.ts";

// convolution and pooling
export {
  conv1d,
  conv2d,
  conv3d,
  type ConvConfig,
  type ConvLayer,
  type ConvParams,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  type ConvTransposeLayer,
} from "./layers/convolution.ts";
export { dropPath, type DropPathOptions } from "./layers/drop-path.ts";
export { adaptiveAvgPool, globalAvgPool, globalMaxPool } from "./layers/pooling.ts";
export { avgPool, maxPool } from "@adjoint/core";

// recurrent layers
export {
  bidirectional,
  type RecurrentConfig,
  type RecurrentLayer,
  type RecurrentOptions,
  type RecurrentParams,
} from "./recurrent/recurrent-layer.ts";
export { gru } from "./recurrent/gru.ts";
export { lstm, type LstmState } from "./recurrent/lstm.ts";
export { rnn } from "./recurrent/rnn.ts";

// combinators
export {
  bind,
  type Module,
  type NoParams,
  type ParamsOf,
  type RunOptions,
  stateless,
} from "./combinators/module.ts";
export {
  bindStateful,
  parallelStateful,
  residualStateful,
  sequentialStateful,
  type StatefulModule,
  type StatefulModules,
  type StatefulRunOptions,
  type StateOf,
  type StatesOf,
} from "./combinators/stateful.ts";
export { repeat, type RepeatOptions } from "./combinators/repeat.ts";
export {
  type Modules,
  parallel,
  type ParamsOfAll,
  residual,
  sequential,
} from "./combinators/sequential.ts";

// models
export { type GptConfig, gptConfig, type GptOptions } from "./models/gpt-config.ts";
export { gpt, type Gpt, type GptApplyOptions, type GptParams } from "./models/gpt.ts";

// activations
export { type Activation, gelu, geluTanh, quickGelu } from "./activations/gelu.ts";
export { hardSigmoid, hardSilu, hardTanh } from "./activations/hard.ts";
export { mish } from "./activations/mish.ts";
export { type ActivationName, activationNamed } from "./activations/named.ts";
export {
  elu,
  type EluOptions,
  leakyRelu,
  type LeakyReluOptions,
  relu2,
  relu6,
} from "./activations/rectifiers.ts";
export { relu, sigmoid, silu, softplus, tanh } from "@adjoint/core";

// norms
export type { ChannelParams } from "./norms/channels.ts";
export { batchNorm, type BatchNormOptions, type BatchNormState } from "./norms/batch-norm.ts";
export { type ChannelNormConfig, groupNorm, type GroupNormOptions } from "./norms/group-norm.ts";
export { instanceNorm, type InstanceNormOptions } from "./norms/instance-norm.ts";
export {
  rmsNorm,
  type RmsNormConfig,
  type RmsNormOptions,
  type RmsNormParams,
} from "./norms/rms-norm.ts";
export {
  spectralNorm,
  type SpectralNormOptions,
  spectralNormState,
  type SpectralNormState,
} from "./norms/spectral-norm.ts";
export { spectralNormed, type SpectralNormedOptions } from "./norms/spectral-normed.ts";
export {
  type WeightNormed,
  weightNormed,
  weightNormKernel,
  weightNormOf,
  type WeightNormParams,
} from "./norms/weight-norm.ts";

// initializers
export {
  constantInit,
  type Initializer,
  normalInit,
  onesInit,
  truncatedNormalInit,
  type TruncatedNormalInitOptions,
  uniformInit,
  zerosInit,
} from "./init/initializer.ts";
export {
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  lecunNormal,
  lecunUniform,
  varianceScaling,
  type VarianceScalingOptions,
} from "./init/variance-scaling.ts";
export { orthogonalInit } from "./init/orthogonal.ts";
export {
  bertInit,
  gpt2Init,
  type InitScheme,
  type T5Init,
  t5Init,
  type T5InitOptions,
} from "./init/schemes.ts";

// losses
export {
  binaryCrossEntropy,
  type BinaryCrossEntropyOptions,
  focalLoss,
  type FocalLossOptions,
} from "./losses/binary-cross-entropy.ts";
export {
  chunkedCrossEntropy,
  type ChunkedCrossEntropyOptions,
} from "./losses/chunked-cross-entropy.ts";
export {
  clipLoss,
  infoNce,
  type InfoNceOptions,
  tripletLoss,
  type TripletLossOptions,
} from "./losses/contrastive.ts";
export { crossEntropy, type CrossEntropyOptions } from "./losses/cross-entropy.ts";
export { type CtcLengths, ctcLoss, type CtcLossOptions } from "./losses/ctc-loss.ts";
export { klDivergence } from "./losses/kl-divergence.ts";
export type { ReductionOptions } from "./losses/reduction.ts";
export { huber, type HuberOptions, mae, mse } from "./losses/regression.ts";

// parameter trees
export { stackLayers, unstackLayers } from "./params/stack-layers.ts";
export {
  type ModelSummary,
  modelSummary,
  type SummaryRow,
  summaryTable,
} from "./params/model-summary.ts";
export {
  parameterCount,
  type ParameterRow,
  parameterRows,
  parameterTable,
} from "./params/parameter-table.ts";
