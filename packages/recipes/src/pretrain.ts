import { jit, tensor, type Tensor, valueAndGrad } from "@adjoint/core";
import {
  applyUpdates,
  globalNorm,
  type GradientTransformation,
  type OptState,
} from "@adjoint/optim";
import { trusted } from "./internal/trusted.ts";

/** Everything training changes: it goes into a step, comes out of it, and is what a checkpoint holds. */
export type TrainState<P> = {
  readonly params: P;
  readonly optState: OptState;
  /** Steps done, an int32 scalar. */
  readonly step: Tensor;
};

/** What a step reports, as scalars: the loss of the batch, and the norm of its gradients before clipping. */
export type Metrics = { readonly loss: Tensor; readonly gradNorm: Tensor };

/** A training recipe: state in, state and metrics out. */
export type TrainRecipe<P, B> = {
  /** The state before the first step. */
  readonly init: (params: P) => TrainState<P>;
  /** One compiled step. It takes over the storage of `state`, which cannot be used afterwards. */
  readonly step: (state: TrainState<P>, batch: B) => readonly [TrainState<P>, Metrics];
  /** The compiled loss of a batch, without learning from it. */
  readonly evaluate: (params: P, batch: B) => Tensor;
};

/** What a recipe is made of. */
export type TrainConfig<P, B> = {
  /** Loss of a batch, a scalar. */
  readonly loss: (params: P, batch: B) => Tensor;
  readonly optimizer: GradientTransformation;
};

const stepOf =
  <P, B>({ loss, optimizer }: TrainConfig<P, B>) =>
  ({ params, optState, step }: TrainState<P>, batch: B): readonly [TrainState<P>, Metrics] => {
    const [value, gradients] = valueAndGrad(loss)(params, batch);
    const grads = trusted<P>(gradients);
    const [updates, nextOptState] = optimizer.update(grads, optState, params);
    const next = {
      params: applyUpdates(params, updates),
      optState: nextOptState,
      step: step.add(1),
    };
    return [
      trusted<TrainState<P>>(next),
      { loss: trusted<Tensor>(value), gradNorm: globalNorm(grads) },
    ];
  };

/**
 * Pretraining from a loss and an optimizer: value and gradient, update and metrics as one compiled program, the
 * state donated. Next-token prediction, masked prediction and regression differ in `loss` only.
 *
 * ```ts doctest
 * import { tensor, type Tensor } from "@adjoint/core";
 * import { sgd } from "@adjoint/optim";
 * import { pretrain } from "@adjoint/recipes";
 * const loss = (w: Tensor, x: Tensor) => w.mul(x).sub(6).pow(2).mean();
 * const recipe = pretrain({ loss, optimizer: sgd({ learningRate: 0.1 }) });
 * let state = recipe.init(tensor(0));
 * for (let i = 0; i < 30; i++) [state] = recipe.step(state, tensor([2]));
 * await state.params.item(); // => 3.000
 * await state.step.item(); // => 30
 * ```
 */
export const pretrain = <P, B>(config: TrainConfig<P, B>): TrainRecipe<P, B> => {
  const step = jit(stepOf(config), { donateArgnums: [0], name: "trainStep" });
  const evaluate = jit(config.loss, { name: "evaluate" });
  return {
    init: (params) => ({
      params,
      optState: config.optimizer.init(params),
      step: tensor(0, { dtype: "int32" }),
    }),
    step: (state, batch) => trusted<readonly [TrainState<P>, Metrics]>(step(state, batch)),
    evaluate: (params, batch) => trusted<Tensor>(evaluate(params, batch)),
  };
};
