import { settingsOf } from "../internal/check.ts";
import type { GradientTransformation } from "../gradient-transformation.ts";
import type { Hyperparam } from "../hyperparam.ts";
import type { Mask } from "../mask.ts";
import { addDecayedWeights } from "../transforms/add-decayed-weights.ts";
import { chain } from "../transforms/chain.ts";
import { scaleByLearningRate } from "../transforms/scale.ts";
import { scaleByAdam } from "../transforms/scale-by-adam.ts";
import type { AdamConfig } from "./adam.ts";

/** Settings of `adamw`. */
export type AdamwConfig = AdamConfig & {
  /** Part of a parameter that decays in a step, times the learning rate; default 1e-4 (PyTorch: 1e-2). */
  readonly weightDecay?: Hyperparam;
  /** Which parameters decay; all of them when absent. */
  readonly mask?: Mask;
};

/**
 * Adam with decoupled weight decay: the decay is scaled by the learning rate and not by Adam. Throws ArgumentError for
 * settings out of range; `update` throws TreeError for a mask of another structure.
 * @see https://arxiv.org/abs/1711.05101
 *
 * ```ts doctest
 * import { grad, jit, tensor, type Tensor } from "@adjoint/core";
 * import { adamw, applyUpdates, chain, clipByGlobalNorm } from "@adjoint/optim";
 * const optimizer = chain(clipByGlobalNorm(1), adamw({ learningRate: 0.1, weightDecay: 0.1, mask: (p) => p.rank >= 2 }));
 * type Params = { readonly w: Tensor };
 * const loss = ({ w }: Params) => w.sub(3).pow(2).sum();
 * const step = jit((params: Params, state: ReturnType<typeof optimizer.init>) => {
 *   const [updates, next] = optimizer.update(grad(loss)(params), state, params);
 *   return [applyUpdates(params, updates), next] as const;
 * });
 * const start = { w: tensor([0]) };
 * const [params] = step(start, optimizer.init(start));
 * Number(await params.w.sum().item()).toFixed(4); // => "0.1000"
 * ```
 */
export const adamw = (config: AdamwConfig): GradientTransformation => {
  const { learningRate, weightDecay = 1e-4, mask, ...options } = settingsOf("adamw", config);
  return chain(
    scaleByAdam(options),
    addDecayedWeights(weightDecay, mask === undefined ? {} : { mask }),
    scaleByLearningRate(learningRate),
  );
};
