import type { Tensor } from "@adjoint/core";
import type { Key } from "@adjoint/core/random";
import type { GradientTransformation } from "@adjoint/optim";
import type { TrainRecipe } from "@adjoint/recipes";
import type { Batch } from "./batches.ts";

/** A network that tells classes apart, and how it is trained. `P` is everything that training changes. */
export type Classifier<P> = {
  readonly init: (key: Key) => P;
  /** How many numbers the optimizer changes. */
  readonly size: (params: P) => number;
  /** Scores (B, classes) of images (B, 1, H, W). */
  readonly predict: (params: P, images: Tensor) => Tensor;
  readonly recipe: (optimizer: GradientTransformation) => TrainRecipe<P, Batch>;
};
