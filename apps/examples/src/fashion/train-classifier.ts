import { foldIn, type Key } from "@adjoint/core/random";
import { adamw, oneCycle } from "@adjoint/optim";
import { train, type TrainState } from "@adjoint/recipes";
import { batchesOf, planEpochs, randomOrder, stepsOf } from "./batches.ts";
import type { Classifier } from "./classifier.ts";
import type { Pictures } from "./fashion-data.ts";
import { accuracyMeter } from "./measure-accuracy.ts";

/** How long and how fast a classifier learns. */
export type Schedule = {
  readonly epochs: number;
  readonly batchSize: number;
  /** Largest learning rate of one cycle of AdamW. */
  readonly peak: number;
  readonly weightDecay: number;
  /** Pictures are shifted by up to so many pixels. */
  readonly shift: number;
  /** Pictures that are not learned from. */
  readonly validation: number;
};

/** Where training stands. */
export type Standing<M> = {
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
  readonly model: M;
  /** Share of right answers on the validation pictures; at the end of an epoch, and when stopped. */
  readonly accuracy?: number;
};

/** Settings of `trainClassifier`. */
export type Training = {
  readonly schedule: Schedule;
  readonly classes: number;
  readonly every: number;
  readonly signal: AbortSignal;
};

/** Trains on all pictures but those kept for validation, and tells how it goes every few steps. */
export async function* trainClassifier<M, T extends TrainState<unknown>>(
  key: Key,
  classifier: Classifier<M, T>,
  pictures: Pictures,
  { schedule, classes, every, signal }: Training,
): AsyncGenerator<Standing<M>, void, undefined> {
  const { batchSize, peak, weightDecay } = schedule;
  const order = await randomOrder(foldIn(key, 0), pictures.labels.length);
  const validation = order.subarray(0, schedule.validation);
  const epochs = await planEpochs(foldIn(key, 1), order.subarray(schedule.validation), schedule);
  const perEpoch = epochs[0] === undefined ? 0 : stepsOf(epochs[0], batchSize);
  const steps = perEpoch * schedule.epochs;
  const learningRate = oneCycle({ peak, steps });
  const mask = ({ rank }: { readonly rank: number }): boolean => rank >= 2;
  const learner = classifier.learner(adamw({ learningRate, weightDecay, mask }));
  const measure = accuracyMeter(classifier, { batchSize: 250, classes });
  const batchAt = batchesOf(pictures, epochs, batchSize);
  let state = learner.init(classifier.init(foldIn(key, 2)));
  for (let from = 0; from < steps && !signal.aborted; from += perEpoch) {
    const options = { from, steps: from + perEpoch, every, batchAt, signal };
    for await (const event of train(learner, state, options)) {
      ({ state } = event);
      const { step, loss } = event;
      const standing = { step, steps, loss, model: learner.modelOf(state) };
      const isLookedAt = step === from + perEpoch || signal.aborted;
      if (!isLookedAt) yield standing;
      else {
        const { all } = await measure(standing.model, pictures, validation);
        yield { ...standing, accuracy: all };
      }
    }
  }
}
