import { settingsOf } from "../internal/check.ts";
import type { GradientTransformation } from "../gradient-transformation.ts";
import type { Hyperparam, LearningRate } from "../hyperparam.ts";
import { decay, type DecoupledDecay } from "../internal/decay.ts";
import { ema } from "../transforms/ema.ts";
import { chain, identity } from "../transforms/chain.ts";
import { clipByBlockRms } from "../transforms/clip-by-block-rms.ts";
import { scale, scaleByLearningRate } from "../transforms/scale.ts";
import { type FactoredOptions, scaleByFactoredRms } from "../transforms/scale-by-factored-rms.ts";
import { scaleByParamBlockRms } from "../transforms/scale-by-param-block-rms.ts";

/** Settings of `adafactor`. Its `weightDecay` is not multiplied by the learning rate, as in optax; 0 by default. */
export type AdafactorConfig = FactoredOptions &
  DecoupledDecay & {
    /** 1 when absent: then only the sizes of the parameters scale the steps. */
    readonly learningRate?: LearningRate;
    /** Root mean square that the update of a leaf is clipped to; default 1, none when null. */
    readonly clippingThreshold?: number | null;
    /** Whether steps are relative to the root mean square of the parameter; default true. */
    readonly multiplyByParameterScale?: boolean;
    /** Decay of a moving mean of the updates; none when absent, which saves its memory. */
    readonly momentum?: Hyperparam;
  };

/**
 * Adafactor: Adam's second moment kept by rows and columns, updates clipped and relative to the parameters. The rule and
 * defaults are those of optax. PyTorch's Adafactor is `minDimToFactor: 1` and a learning rate of
 * min(rate, 1 / sqrt(step + 1)); it decays by the rate times its weight decay. Throws ArgumentError for settings out of
 * range.
 * @see https://arxiv.org/abs/1804.04235
 *
 * ```ts doctest
 * import { ones } from "@adjoint/core";
 * import { adafactor } from "@adjoint/optim";
 * const optimizer = adafactor({ learningRate: 0.5 });
 * const kernel = ones([2, 2]);
 * const [updates] = optimizer.update(kernel, optimizer.init(kernel), kernel);
 * await updates.toArray(); // => [[-0.5, -0.5], [-0.5, -0.5]]
 * ```
 */
export const adafactor = (config: AdafactorConfig): GradientTransformation => {
  const {
    learningRate,
    clippingThreshold = 1,
    multiplyByParameterScale = true,
    momentum,
    weightDecay = 0,
    mask = true,
    ...options
  } = settingsOf("adafactor", config);
  return chain(
    scaleByFactoredRms(options),
    clippingThreshold === null ? identity : clipByBlockRms(clippingThreshold),
    learningRate === undefined ? scale(-1) : scaleByLearningRate(learningRate),
    multiplyByParameterScale ? scaleByParamBlockRms() : identity,
    momentum === undefined ? identity : ema(momentum, { debias: false }),
    // the updates have their sign already
    decay({ weightDecay: negative(weightDecay), mask }),
  );
};

const negative = (x: Hyperparam): Hyperparam => (typeof x === "number" ? -x : x.neg());
