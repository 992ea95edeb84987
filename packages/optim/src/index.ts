export type {
  EvaluatedTransformation,
  GradientTransformation,
  OptState,
  UpdateExtras,
} from "./gradient-transformation.ts";
export type { Hyperparam, LearningRate } from "./hyperparam.ts";
export type { Mask } from "./mask.ts";

// optimizers
export { adafactor, type AdafactorConfig } from "./optimizers/adafactor.ts";
export { adagrad, type AdagradConfig } from "./optimizers/adagrad.ts";
export { adam, type AdamConfig } from "./optimizers/adam.ts";
export { adamw, type AdamwConfig } from "./optimizers/adamw.ts";
export { amsgrad, type AmsgradConfig } from "./optimizers/amsgrad.ts";
export { lamb, type LambConfig } from "./optimizers/lamb.ts";
export { lion, type LionConfig } from "./optimizers/lion.ts";
export { muon, type MuonConfig } from "./optimizers/muon.ts";
export { nadam, type NadamConfig } from "./optimizers/nadam.ts";
export { radam, type RadamConfig } from "./optimizers/radam.ts";
export { rmsprop, type RmspropConfig } from "./optimizers/rmsprop.ts";
export { sgd, type SgdOptions } from "./optimizers/sgd.ts";
export { sophia, type SophiaConfig } from "./optimizers/sophia.ts";
export {
  scheduleFreeAdamw,
  type ScheduleFreeAdamwConfig,
  type ScheduleFreeConfig,
  scheduleFreeSgd,
} from "./optimizers/schedule-free-optimizers.ts";

// functions of losses and gradients
export { bartlettDiagonal, hutchinsonDiagonal } from "./optimizers/hessian-diagonal.ts";
export { sam, type SamOptions } from "./optimizers/sam.ts";

// putting rules together
export { chain, chainMonoid, identity, type Monoid } from "./transforms/chain.ts";
export { applyIfFinite, type ApplyIfFiniteOptions } from "./combinators/apply-if-finite.ts";
export { emaParams, type EmaParamsOptions } from "./combinators/ema-params.ts";
export { freeze, setToZero } from "./combinators/freeze.ts";
export {
  type HyperparamChanges,
  type Hyperparams,
  type HyperparamTensors,
  type InjectedTransformation,
  injectHyperparams,
} from "./combinators/inject-hyperparams.ts";
export { lookahead, type LookaheadOptions } from "./combinators/lookahead.ts";
export { masked } from "./combinators/masked.ts";
export { type MultiSteps, multiSteps, type MultiStepsOptions } from "./combinators/multi-steps.ts";
export { type Labels, partition } from "./combinators/partition.ts";
export { scheduleFree, type ScheduleFreeOptions } from "./optimizers/schedule-free.ts";
export { skipLargerThan, skipNotFinite, type SkipRule } from "./combinators/skip-rules.ts";

// transformations
export { adaptiveClip, type AdaptiveClipOptions } from "./transforms/adaptive-clip.ts";
export { addDecayedWeights, type DecayOptions } from "./transforms/add-decayed-weights.ts";
export { applyUpdates } from "./transforms/apply-updates.ts";
export { clipByBlockRms } from "./transforms/clip-by-block-rms.ts";
export { clipByGlobalNorm, clipByValue } from "./transforms/clip.ts";
export { ema, type EmaOptions } from "./transforms/ema.ts";
export { globalNorm } from "./transforms/global-norm.ts";
export {
  newtonSchulz,
  type NewtonSchulzOptions,
  type Quintic,
} from "./transforms/newton-schulz.ts";
export { scale, scaleByLearningRate, scaleBySchedule } from "./transforms/scale.ts";
export { type AdamOptions, scaleByAdam } from "./transforms/scale-by-adam.ts";
export { type AmsgradOptions, scaleByAmsgrad } from "./transforms/scale-by-amsgrad.ts";
export { type FactoredOptions, scaleByFactoredRms } from "./transforms/scale-by-factored-rms.ts";
export { type LionOptions, scaleByLion } from "./transforms/scale-by-lion.ts";
export { type MuonOptions, scaleByMuon } from "./transforms/scale-by-muon.ts";
export { type NadamOptions, scaleByNadam } from "./transforms/scale-by-nadam.ts";
export { scaleByParamBlockRms } from "./transforms/scale-by-param-block-rms.ts";
export { type RadamOptions, scaleByRadam } from "./transforms/scale-by-radam.ts";
export { type RmsOptions, scaleByRms } from "./transforms/scale-by-rms.ts";
export { type RssOptions, scaleByRss } from "./transforms/scale-by-rss.ts";
export { scaleBySophia, type SophiaOptions } from "./transforms/scale-by-sophia.ts";
export { scaleByTrustRatio } from "./transforms/scale-by-trust-ratio.ts";
export { stateless } from "./transforms/stateless.ts";
export { trace, type TraceOptions } from "./transforms/trace.ts";
export { zeroNans } from "./transforms/zero-nans.ts";

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
export {
  cosineRestarts,
  type CosineRestartsOptions,
  warmupCosineRestarts,
} from "./schedules/cosine-restarts.ts";
export { exponentialDecay, type ExponentialOptions } from "./schedules/exponential-decay.ts";
export type { Interpolation } from "./schedules/interpolate.ts";
export { inverseSqrt, type InverseSqrtOptions } from "./schedules/inverse-sqrt.ts";
export { joinSchedules } from "./schedules/join-schedules.ts";
export { oneCycle, type OneCycleOptions } from "./schedules/one-cycle.ts";
export {
  piecewiseConstant,
  piecewiseInterpolate,
  type PiecewiseOptions,
} from "./schedules/piecewise.ts";
export { polynomialDecay, type PolynomialOptions } from "./schedules/polynomial-decay.ts";
export {
  warmupStableDecay,
  type WarmupStableDecayOptions,
} from "./schedules/warmup-stable-decay.ts";
