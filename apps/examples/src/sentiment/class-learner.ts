import { map } from "@adjoint/core/tree";
import type { BertConfig } from "@adjoint/models";
import { adamw, chain, clipByGlobalNorm, warmupCosineDecay } from "@adjoint/optim";
import { pretrain, type TrainRecipe } from "@adjoint/recipes";
import { classBatches, type ClassExample } from "./class-batches.ts";
import { type ClassBatch, classLoss, type ModelParams } from "./model.ts";

/** How a classifier learns. */
export type ClassSettings = {
  readonly learningRate: number;
  readonly epochs: number;
  readonly batchSize: number;
  /** Part of the tokens that is hidden in training, so that no text is learned by heart. */
  readonly hidden: number;
};

/** Says how far a training is: the mean loss of the steps since it was last said. */
export type OnProgress = (step: number, steps: number, loss: number) => void;

/** Settings of one run. */
export type ClassRun = {
  readonly seed: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
};

/** Learns from examples, from parameters that stay as they are. */
export type ClassLearner = (
  params: ModelParams,
  examples: readonly ClassExample[],
  run: ClassRun,
) => Promise<ModelParams>;

const recipeOf = (
  config: BertConfig,
  learningRate: number,
  steps: number,
): TrainRecipe<ModelParams, ClassBatch> =>
  pretrain({
    loss: (params, batch) => classLoss(params, batch, config),
    optimizer: chain(
      clipByGlobalNorm(1),
      adamw({
        learningRate: warmupCosineDecay({
          ...{ peak: learningRate, end: 0, decaySteps: steps },
          warmupSteps: Math.ceil(steps / 10),
        }),
        ...{ weightDecay: 0.01, mask: ({ rank }) => rank >= 2 },
      }),
    ),
  });

/** Steps of all epochs. */
const stepsOf = (examples: number, { batchSize, epochs }: ClassSettings): number =>
  Math.ceil(examples / batchSize) * epochs;

/**
 * A learner for about `size` examples: the learning rate rises for a tenth of their steps and falls to 0. It compiles once, however
 * often it is used.
 */
export const classLearner = (
  config: BertConfig,
  size: number,
  settings: ClassSettings,
): ClassLearner => {
  const recipe = recipeOf(config, settings.learningRate, stepsOf(size, settings));
  return async (params, examples, { seed, signal, onProgress }) => {
    const steps = stepsOf(examples.length, settings);
    let state = recipe.init(map((x) => x.add(0), params)); // the recipe takes over what it starts from
    let [step, sum, since] = [0, 0, 0];
    for await (const batch of classBatches(examples, { ...settings, seed })) {
      if (signal?.aborted === true) break;
      const [next, metrics] = recipe.step(state, batch);
      state = next;
      step++;
      sum += Number(await metrics.loss.item());
      since++;
      if (step % 100 !== 0 && step !== steps) continue;
      onProgress?.(step, steps, sum / since);
      [sum, since] = [0, 0];
    }
    return state.params;
  };
};
