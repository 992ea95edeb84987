import { settingsOf } from "../internal/check.ts";
import type { GradientTransformation } from "../gradient-transformation.ts";
import type { LearningRate } from "../hyperparam.ts";
import { decay, type DecoupledDecay } from "../internal/decay.ts";
import { chain } from "../transforms/chain.ts";
import { scaleByLearningRate } from "../transforms/scale.ts";
import { type LionOptions, scaleByLion } from "../transforms/scale-by-lion.ts";

/** Settings of `lion`; `weightDecay` is 1e-3 by default. */
export type LionConfig = LionOptions & DecoupledDecay & { readonly learningRate: LearningRate };

/**
 * Lion: every element moves by the learning rate, along the sign of a momentum. Its rate should be 3 to 10 times smaller
 * than AdamW's and its decay as much larger. Throws ArgumentError for settings out of range.
 * @see https://arxiv.org/abs/2302.06675
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { lion } from "@adjoint/optim";
 * const optimizer = lion({ learningRate: 0.5, weightDecay: 0 });
 * const grads = tensor([4, -0.01]);
 * await optimizer.update(grads, optimizer.init(grads), grads)[0].toArray(); // => [-0.5, 0.5]
 * ```
 */
export const lion = (config: LionConfig): GradientTransformation => {
  const { learningRate, weightDecay = 1e-3, mask = true, ...options } = settingsOf("lion", config);
  return chain(
    scaleByLion(options),
    decay({ weightDecay, mask }),
    scaleByLearningRate(learningRate),
  );
};
