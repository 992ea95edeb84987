export type { GradientTransformation, OptState } from "./gradient-transformation.ts";

// optimizers
export {
  adam,
  type AdamConfig,
  adamw,
  type AdamwConfig,
  sgd,
  type SgdOptions,
} from "./optimizers.ts";

// transformations
export {
  addDecayedWeights,
  type DecayOptions,
  type Mask,
} from "./transforms/add-decayed-weights.ts";
export { applyUpdates } from "./transforms/apply-updates.ts";
export { chain, chainMonoid, identity, type Monoid } from "./transforms/chain.ts";
export { clipByGlobalNorm, clipByValue } from "./transforms/clip.ts";
export { globalNorm } from "./transforms/global-norm.ts";
export {
  type LearningRate,
  scale,
  scaleByLearningRate,
  scaleBySchedule,
} from "./transforms/scale.ts";
export { type AdamOptions, scaleByAdam } from "./transforms/scale-by-adam.ts";
export { trace, type TraceOptions } from "./transforms/trace.ts";

// scaling of losses in float16
export { allFinite } from "./scaling/all-finite.ts";
export {
  dynamicLossScale,
  type LossScale,
  type LossScaleOptions,
  type LossScaleState,
  staticLossScale,
} from "./scaling/loss-scale.ts";
export { selectTree } from "./scaling/select-tree.ts";

// schedules
export { constantSchedule, type Schedule } from "./schedules/schedule.ts";
export { type DecayPath, linearSchedule } from "./schedules/linear-schedule.ts";
export {
  cosineDecay,
  warmupCosineDecay,
  type WarmupCosineOptions,
} from "./schedules/cosine-decay.ts";
export { joinSchedules } from "./schedules/join-schedules.ts";
