import type { Tensor } from "@adjoint/core";
import type { Key } from "@adjoint/core/random";
import type { GradientTransformation } from "@adjoint/optim";
import type { Metrics, TrainState } from "@adjoint/recipes";
import type { Batch } from "./batches.ts";

/** How a model `M` is trained, whose recipe has the state `T`. */
export type Learner<M, T extends TrainState<unknown>> = {
  readonly init: (model: M) => T;
  readonly step: (state: T, batch: Batch) => readonly [T, Metrics];
  /** The model that a state holds. */
  readonly modelOf: (state: T) => M;
};

/** A network that tells classes apart, and how it is trained. `M` is everything of it that training changes. */
export type Classifier<M, T extends TrainState<unknown>> = {
  readonly init: (key: Key) => M;
  /** How many numbers the optimizer changes. */
  readonly size: (model: M) => number;
  /** Scores (B, classes) of images (B, 1, H, W). */
  readonly predict: (model: M, images: Tensor) => Tensor;
  readonly learner: (optimizer: GradientTransformation) => Learner<M, T>;
};
