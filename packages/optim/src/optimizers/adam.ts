import { settingsOf } from "../internal/check.ts";
import type { GradientTransformation } from "../gradient-transformation.ts";
import type { LearningRate } from "../hyperparam.ts";
import { chain } from "../transforms/chain.ts";
import { scaleByLearningRate } from "../transforms/scale.ts";
import { type AdamOptions, scaleByAdam } from "../transforms/scale-by-adam.ts";

/** Settings of `adam`. */
export type AdamConfig = AdamOptions & { readonly learningRate: LearningRate };

/**
 * Adam. Throws ArgumentError for settings out of range.
 * @see https://arxiv.org/abs/1412.6980
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { adam } from "@adjoint/optim";
 * const optimizer = adam({ learningRate: 0.5 });
 * const grads = tensor([4, -0.01]);
 * const [updates] = optimizer.update(grads, optimizer.init(grads), grads);
 * Array.from(await updates.data(), (x) => x.toFixed(3)); // => ["-0.500", "0.500"]
 * ```
 */
export const adam = (config: AdamConfig): GradientTransformation => {
  const { learningRate, ...options } = settingsOf("adam", config);
  return chain(scaleByAdam(options), scaleByLearningRate(learningRate));
};
