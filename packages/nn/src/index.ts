export type { Layer } from "./layers/layer.ts";

// layers
export { linear, type LinearConfig, type LinearParams } from "./layers/linear.ts";
export {
  embedding,
  type EmbeddingConfig,
  type EmbeddingLayer,
  type EmbeddingParams,
} from "./layers/embedding.ts";
export {
  layerNorm,
  type LayerNormConfig,
  type LayerNormOptions,
  type LayerNormParams,
} from "./layers/layer-norm.ts";
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

// models
export {
  type ActivationName,
  type GptConfig,
  gptConfig,
  type GptOptions,
} from "./models/gpt-config.ts";
export { gpt, type Gpt, type GptApplyOptions, type GptParams } from "./models/gpt.ts";

// activations, initializers, losses
export { type Activation, gelu, geluTanh } from "./activations/gelu.ts";
export {
  glorotUniform,
  heNormal,
  type Initializer,
  lecunNormal,
  normalInit,
  onesInit,
  zerosInit,
} from "./init/initializer.ts";
export { crossEntropy, type CrossEntropyOptions } from "./losses/cross-entropy.ts";

// parameter trees
export { stackLayers, unstackLayers } from "./params/stack-layers.ts";
export {
  parameterCount,
  type ParameterRow,
  parameterRows,
  parameterTable,
} from "./params/parameter-table.ts";
