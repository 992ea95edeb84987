import { settingsOf } from "../internal/check.ts";
import type { GradientTransformation } from "../gradient-transformation.ts";
import type { LearningRate } from "../hyperparam.ts";
import { decay, type DecoupledDecay } from "../internal/decay.ts";
import { chain } from "../transforms/chain.ts";
import { scaleByLearningRate } from "../transforms/scale.ts";
import { type AmsgradOptions, scaleByAmsgrad } from "../transforms/scale-by-amsgrad.ts";

/** Settings of `amsgrad`; no weight decay by default. */
export type AmsgradConfig = AmsgradOptions &
  DecoupledDecay & { readonly learningRate: LearningRate };

/**
 * AMSGrad: Adam whose mean of squares never falls. Throws ArgumentError for settings out of range.
 * @see https://openreview.net/forum?id=ryQu7f-RZ
 */
export const amsgrad = (config: AmsgradConfig): GradientTransformation => {
  const { learningRate, weightDecay = 0, mask = true, ...options } = settingsOf("amsgrad", config);
  return chain(
    scaleByAmsgrad(options),
    decay({ weightDecay, mask }),
    scaleByLearningRate(learningRate),
  );
};
