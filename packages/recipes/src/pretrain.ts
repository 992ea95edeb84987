import { jit, tensor, type Tensor, type TensorTree, valueAndGrad } from "@adjoint/core";
import { applyUpdates, globalNorm, type GradientTransformation } from "@adjoint/optim";

/** Everything training changes; goes into a step and comes out of it, and into checkpoints. */
export type TrainState<P, S> = {
  readonly params: P;
  readonly optState: S;
  /** Steps done, int32. */
  readonly step: Tensor;
};

/** What a step reports, both scalars: the mean loss of the batch and the norm of its gradients before clipping. */
export type Metrics = { readonly loss: Tensor; readonly gradNorm: Tensor };

/** A training recipe: state in, state and metrics out. */
export type TrainRecipe<P, S, B> = {
  init(params: P): TrainState<P, S>;
  /** One compiled step. It may reuse the storage of `state`, which cannot be used afterwards. */
  step(state: TrainState<P, S>, batch: B): [TrainState<P, S>, Metrics];
  /** The compiled loss of a batch without learning from it. */
  evaluate(params: P, batch: B): Tensor;
};

/** What a recipe is made of: a loss (mean over the batch, a scalar) and an optimizer. */
export type TrainConfig<P, S, B> = {
  loss(params: P, batch: B): Tensor;
  readonly optimizer: GradientTransformation<P, S>;
};
