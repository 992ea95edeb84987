import { settingsOf } from "../internal/check.ts";
import type { GradientTransformation } from "../gradient-transformation.ts";
import type { LearningRate } from "../hyperparam.ts";
import { decay, type DecoupledDecay } from "../internal/decay.ts";
import { chain } from "../transforms/chain.ts";
import { scaleByLearningRate } from "../transforms/scale.ts";
import { type RadamOptions, scaleByRadam } from "../transforms/scale-by-radam.ts";

/** Settings of `radam`; no weight decay by default. */
export type RadamConfig = RadamOptions & DecoupledDecay & { readonly learningRate: LearningRate };

/**
 * Rectified Adam, which needs no warmup. As optax by default; PyTorch's RAdam is `epsOn: "raw"`. Throws ArgumentError for
 * settings out of range.
 * @see https://arxiv.org/abs/1908.03265
 */
export const radam = (config: RadamConfig): GradientTransformation => {
  const { learningRate, weightDecay = 0, mask = true, ...options } = settingsOf("radam", config);
  return chain(
    scaleByRadam(options),
    decay({ weightDecay, mask }),
    scaleByLearningRate(learningRate),
  );
};
