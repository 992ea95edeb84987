import { ArgumentError } from "@adjoint/core";
import type { TrainRecipe, TrainState } from "./pretrain.ts";

/** Where a run stands after some of its steps. */
export type TrainEvent<P> = {
  /** Steps done in all. */
  readonly step: number;
  /** Loss and gradient norm of the last of them. */
  readonly loss: number;
  readonly gradNorm: number;
  /** The state then; the next step takes it over, so save it before going on. */
  readonly state: TrainState<P>;
};

/** Settings of `train`. */
export type TrainOptions<B> = {
  /** Steps done already; the run goes on with step `from`. */
  readonly from?: number;
  /** Steps in all. */
  readonly steps: number;
  /** The batch of a step: a pure function, so that a resumed run sees the same ones. */
  batchAt(step: number): B;
  /** Steps between events; default 10. There is always one at the end. */
  readonly every?: number;
  /** Ends the run after the step in progress. */
  readonly signal?: AbortSignal;
};

/**
 * Runs a recipe step by step and yields where it stands, at the end or when aborted too. Between events the losses
 * are not read, so that a backend can work ahead. Throws ArgumentError for a NaN loss, naming the step.
 */
export async function* train<P, B>(
  recipe: TrainRecipe<P, B>,
  initial: TrainState<P>,
  options: TrainOptions<B>,
): AsyncGenerator<TrainEvent<P>> {
  const { from = 0, steps, batchAt, every = 10, signal } = options;
  let state = initial;
  for (let step = from; step < steps; step++) {
    const [next, metrics] = recipe.step(state, batchAt(step));
    state = next;
    const last = step + 1 === steps || signal?.aborted === true;
    if (last || (step + 1) % every === 0) {
      const [loss, gradNorm] = [
        Number(await metrics.loss.item()),
        Number(await metrics.gradNorm.item()),
      ];
      checkLoss(loss, step);
      yield { step: step + 1, loss, gradNorm, state };
    }
    if (signal?.aborted === true) return;
  }
}

const checkLoss = (loss: number, step: number): void => {
  if (!Number.isNaN(loss)) return;
  throw new ArgumentError({
    operation: "train",
    rule: "the loss must be a number",
    got: `NaN at step ${step + 1}`,
    fix: "lower the learning rate, or run the step in debugNans to find the operation",
  });
};
