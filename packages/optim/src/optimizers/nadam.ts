import { settingsOf } from "../internal/check.ts";
import type { GradientTransformation } from "../gradient-transformation.ts";
import type { LearningRate } from "../hyperparam.ts";
import { decay, type DecoupledDecay } from "../internal/decay.ts";
import { chain } from "../transforms/chain.ts";
import { scaleByLearningRate } from "../transforms/scale.ts";
import { type NadamOptions, scaleByNadam } from "../transforms/scale-by-nadam.ts";

/** Settings of `nadam`; no weight decay by default. */
export type NadamConfig = NadamOptions & DecoupledDecay & { readonly learningRate: LearningRate };

/**
 * Adam with Nesterov's momentum (NadamW with a `weightDecay`). As optax by default; PyTorch's NAdam is
 * `momentumDecay: 0.004`. Throws ArgumentError for settings out of range.
 * @see https://openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { nadam } from "@adjoint/optim";
 * const optimizer = nadam({ learningRate: 1, momentumDecay: 0.004 });
 * const grads = tensor([3]);
 * const [updates] = optimizer.update(grads, optimizer.init(grads), grads);
 * Array.from(await updates.data(), (x) => x.toFixed(3)); // => ["-1.056"]
 * ```
 */
export const nadam = (config: NadamConfig): GradientTransformation => {
  const { learningRate, weightDecay = 0, mask = true, ...options } = settingsOf("nadam", config);
  return chain(
    scaleByNadam(options),
    decay({ weightDecay, mask }),
    scaleByLearningRate(learningRate),
  );
};
