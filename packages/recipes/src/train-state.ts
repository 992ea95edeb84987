import type { Tensor } from "@adjoint/core";
import type { LossScaleState, OptState } from "@adjoint/optim";

/** Everything training changes: it goes into a step, comes out of it, and is what a checkpoint holds. */
export type TrainState<P> = {
  readonly params: P;
  readonly optState: OptState;
  /** Steps done, an int32 scalar; skipped ones count. */
  readonly step: Tensor;
  /** Scale of the loss, where a precision policy has one. */
  readonly lossScale?: LossScaleState;
};

/** The same for a model with a state of its own, which no gradient changes: running statistics, for example. */
export type StatefulTrainState<P, S> = TrainState<P> & { readonly modelState: S };

/** What a step reports, as scalars. */
export type Metrics = {
  /** Loss of the batch. */
  readonly loss: Tensor;
  /** Norm of its gradients before clipping. */
  readonly gradNorm: Tensor;
  /** What the loss was multiplied by, where losses are scaled. */
  readonly lossScale?: Tensor;
  /** Whether its gradients overflowed, so that nothing was learned: a bool, where losses are scaled. */
  readonly skipped?: Tensor;
};
