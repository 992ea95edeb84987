import type { GradientTransformation } from "../gradient-transformation.ts";
import type { Hyperparam, LearningRate } from "../hyperparam.ts";
import { checkName, settingsOf } from "../internal/check.ts";
import { chain } from "../transforms/chain.ts";
import { scaleByLearningRate } from "../transforms/scale.ts";
import { type RmsOptions, scaleByRms } from "../transforms/scale-by-rms.ts";
import { trace } from "../transforms/trace.ts";

/** Settings of `rmsprop`. */
export type RmspropConfig = RmsOptions & {
  readonly learningRate: LearningRate;
  /** Decay of a trace of earlier updates; none when absent. */
  readonly momentum?: Hyperparam;
  /** Whether the momentum looks one step ahead; default false. */
  readonly nesterov?: boolean;
  /**
   * What the momentum is of: updates with the learning rate in them ("updates": optax, TensorFlow; default), or before it
   * ("directions": PyTorch). They differ when the rate changes.
   */
  readonly momentumOf?: "updates" | "directions";
};

/**
 * RMSprop: the gradient over the root of the moving mean of its square. Defaults are those of optax; PyTorch's are
 * `{ decay: 0.99, epsInRoot: false, momentumOf: "directions" }`. Throws ArgumentError for settings out of range.
 * @see https://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf
 * @see https://arxiv.org/abs/1308.0850 (centered)
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { rmsprop } from "@adjoint/optim";
 * const optimizer = rmsprop({ learningRate: 0.1, decay: 0.75 });
 * const grads = tensor([4, -0.5]);
 * const [updates] = optimizer.update(grads, optimizer.init(grads), grads);
 * Array.from(await updates.data(), (x) => x.toFixed(3)); // => ["-0.200", "0.200"]
 * ```
 */
export const rmsprop = (config: RmspropConfig): GradientTransformation => {
  const {
    learningRate,
    momentum,
    nesterov = false,
    momentumOf = "updates",
    ...options
  } = settingsOf("rmsprop", config);

  checkName("rmsprop", "momentumOf", momentumOf, ["updates", "directions"]);
  const rate = scaleByLearningRate(learningRate);
  if (momentum === undefined) return chain(scaleByRms(options), rate);
  const memory = trace(momentum, { nesterov });
  return momentumOf === "updates"
    ? chain(scaleByRms(options), rate, memory)
    : chain(scaleByRms(options), memory, rate);
};
