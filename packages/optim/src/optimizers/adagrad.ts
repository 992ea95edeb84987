import { settingsOf } from "../internal/check.ts";
import type { GradientTransformation } from "../gradient-transformation.ts";
import type { LearningRate } from "../hyperparam.ts";
import { chain } from "../transforms/chain.ts";
import { scaleByLearningRate } from "../transforms/scale.ts";
import { type RssOptions, scaleByRss } from "../transforms/scale-by-rss.ts";

/** Settings of `adagrad`. */
export type AdagradConfig = RssOptions & { readonly learningRate: LearningRate };

/**
 * Adagrad: steps shrink with the root of the sum of all squared gradients. Defaults are those of optax; PyTorch's are
 * `{ initialAccumulator: 0, eps: 1e-10, epsInRoot: false }`. Throws ArgumentError for settings out of range.
 * @see https://jmlr.org/papers/v12/duchi11a.html
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { adagrad } from "@adjoint/optim";
 * const optimizer = adagrad({ learningRate: 0.5, initialAccumulator: 0 });
 * const grads = tensor([4, -0.5]);
 * const [updates] = optimizer.update(grads, optimizer.init(grads), grads);
 * Array.from(await updates.data(), (x) => x.toFixed(3)); // => ["-0.500", "0.500"]
 * ```
 */
export const adagrad = (config: AdagradConfig): GradientTransformation => {
  const { learningRate, ...options } = settingsOf("adagrad", config);
  return chain(scaleByRss(options), scaleByLearningRate(learningRate));
};
