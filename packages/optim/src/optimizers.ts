import type { GradientTransformation } from "./gradient-transformation.ts";
import { addDecayedWeights, type Mask } from "./transforms/add-decayed-weights.ts";
import { chain, identity } from "./transforms/chain.ts";
import { type LearningRate, scaleByLearningRate } from "./transforms/scale.ts";
import { type AdamOptions, scaleByAdam } from "./transforms/scale-by-adam.ts";
import { trace } from "./transforms/trace.ts";

/** Settings of `sgd`. */
export type SgdOptions = {
  readonly learningRate: LearningRate;
  /** Decay of the trace of earlier gradients; no momentum when absent. */
  readonly momentum?: number;
  /** Whether the momentum looks one step ahead; default false. */
  readonly nesterov?: boolean;
};

/**
 * Stochastic gradient descent, with momentum if asked for.
 *
 * ```ts doctest
 * import { grad, tensor } from "@adjoint/core";
 * import { applyUpdates, sgd } from "@adjoint/optim";
 * const optimizer = sgd({ learningRate: 0.25 });
 * const params = tensor([2]);
 * const grads = grad((x: typeof params) => x.mul(x).sum())(params);
 * const [updates] = optimizer.update(grads, optimizer.init(params), params);
 * await applyUpdates(params, updates).toArray(); // => [1]
 * ```
 */
export const sgd = ({
  learningRate,
  momentum,
  nesterov = false,
}: SgdOptions): GradientTransformation =>
  chain(
    momentum === undefined ? identity : trace(momentum, { nesterov }),
    scaleByLearningRate(learningRate),
  );

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
export const adam = ({ learningRate, ...options }: AdamConfig): GradientTransformation =>
  chain(scaleByAdam(options), scaleByLearningRate(learningRate));

/** Settings of `adamw`. */
export type AdamwConfig = AdamConfig & {
  /** Part of a parameter that decays in a step, times the learning rate; default 1e-4 (PyTorch: 1e-2). */
  readonly weightDecay?: number;
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
export const adamw = ({
  learningRate,
  weightDecay = 1e-4,
  mask,
  ...options
}: AdamwConfig): GradientTransformation =>
  chain(
    scaleByAdam(options),
    addDecayedWeights(weightDecay, mask === undefined ? {} : { mask }),
    scaleByLearningRate(learningRate),
  );
