export {
  type Checkpoint,
  decodeCheckpoint,
  encodeCheckpoint,
  parseCheckpoint,
} from "./checkpoint/checkpoint.ts";
export { CheckpointError } from "./checkpoint/checkpoint-error.ts";
export { evaluateLoss } from "./evaluate.ts";
export { generate, type Generated, type GenerateOptions, type LogitsFunction } from "./generate.ts";
export {
  type ComputeDType,
  type MixedPrecision,
  mixedPrecision,
  type MixedPrecisionOptions,
} from "./precision/mixed-precision.ts";
export {
  type LossContext,
  pretrain,
  type StatefulTrainConfig,
  type StatefulTrainRecipe,
  type TrainConfig,
  type TrainRecipe,
} from "./pretrain.ts";
export type { Metrics, StatefulTrainState, TrainState } from "./train-state.ts";
export {
  checkSampling,
  filterLogits,
  sampleLogits,
  type SamplingOptions,
} from "./sample-logits.ts";
export type { Recovery, RecoveryOptions } from "./recovery/recovery.ts";
export { train, type TrainEvent, type TrainOptions } from "./train.ts";
export { type Batch, disjointWindows, sampleWindows, type WindowOptions } from "./windows.ts";
