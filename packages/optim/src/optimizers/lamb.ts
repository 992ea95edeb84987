import { settingsOf } from "../internal/check.ts";
import type { GradientTransformation } from "../gradient-transformation.ts";
import type { LearningRate } from "../hyperparam.ts";
import { decay, type DecoupledDecay } from "../internal/decay.ts";
import { chain } from "../transforms/chain.ts";
import { scaleByLearningRate } from "../transforms/scale.ts";
import { type AdamOptions, scaleByAdam } from "../transforms/scale-by-adam.ts";
import { scaleByTrustRatio } from "../transforms/scale-by-trust-ratio.ts";

/** Settings of `lamb`; `eps` is 1e-6 and there is no weight decay by default. */
export type LambConfig = AdamOptions & DecoupledDecay & { readonly learningRate: LearningRate };

/**
 * LAMB: Adam, the norm of each leaf's update brought to that of its parameter, for large batches. Throws ArgumentError for
 * settings out of range.
 * @see https://arxiv.org/abs/1904.00962
 */
export const lamb = (config: LambConfig): GradientTransformation => {
  const {
    learningRate,
    weightDecay = 0,
    mask = true,
    eps = 1e-6,
    ...options
  } = settingsOf("lamb", config);
  return chain(
    scaleByAdam({ ...options, eps }),
    decay({ weightDecay, mask }),
    scaleByTrustRatio(),
    scaleByLearningRate(learningRate),
  );
};
