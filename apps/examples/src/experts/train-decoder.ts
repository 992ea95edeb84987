import type { Tensor } from "@adjoint/core";
import type { Key } from "@adjoint/core/random";
import { splitTuple } from "@adjoint/core/random";
import { decoder, type DecoderConfig, type DecoderParams } from "@adjoint/models";
import { adamw, chain, clipByGlobalNorm, warmupCosineDecay } from "@adjoint/optim";
import {
  type Batch,
  disjointWindows,
  evaluateLoss,
  pretrain,
  sampleWindows,
  train,
} from "@adjoint/recipes";
import type { Corpus } from "./corpus.ts";
import { textLoss, trainingLoss } from "./model.ts";

/** Settings of `trainDecoder`. */
export type TrainDecoderOptions = {
  /** Decides initial parameters and the order of the windows: the same for all models that are compared. */
  readonly key: Key;
  readonly steps: number;
  readonly batchSize: number;
  /** Steps between reports. */
  readonly every: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
};

/** Where a training stands. */
export type Progress = {
  readonly step: number;
  /** Loss of the batch, with what the routers add to it. */
  readonly loss: number;
  /** Cross entropy on the first tenth of the validation text. */
  readonly validation: number;
};

/** A trained model. */
export type TrainedDecoder = {
  readonly params: DecoderParams;
  readonly history: readonly Progress[];
  /** Cross entropy on the whole validation text. */
  readonly validation: number;
  /** Processor time of the training steps. */
  readonly seconds: number;
};

const processorSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

const recipeOf = (config: DecoderConfig, steps: number) =>
  pretrain<DecoderParams, Batch>({
    loss: (params, batch) => trainingLoss(params, batch, config),
    optimizer: chain(
      clipByGlobalNorm(1),
      adamw({
        learningRate: warmupCosineDecay({
          ...{ peak: 3e-3, end: 3e-4, decaySteps: steps },
          warmupSteps: Math.ceil(steps / 20),
        }),
        ...{ b2: 0.99, weightDecay: 0.1, mask: decoder.decays },
      }),
    ),
  });

/** Trains a decoder from fresh parameters and measures it. */
export const trainDecoder = async (
  corpus: Corpus,
  config: DecoderConfig,
  options: TrainDecoderOptions,
): Promise<TrainedDecoder> => {
  const { key, steps, batchSize, every, onProgress } = options;
  const [forParams, forWindows] = splitTuple(key, 2);
  const recipe = recipeOf(config, steps);
  const windows = { batchSize, blockSize: config.contextLength };
  const evaluation = pretrain<DecoderParams, Batch>({
    loss: (params, batch) => textLoss(params, batch, config),
    optimizer: adamw({ learningRate: 0 }),
  });
  const evaluate = (params: DecoderParams, text: Int32Array): Promise<number> =>
    evaluateLoss(
      (batch): Tensor => evaluation.evaluate(params, batch),
      disjointWindows(text, { ...windows, batchSize: 64 }),
    );
  let params = decoder.init(forParams, config);
  const history: Progress[] = [];
  let [seconds, from] = [0, processorSeconds()];
  const run = train(recipe, recipe.init(params), {
    ...{ steps, every },
    batchAt: (step) => sampleWindows(corpus.train, forWindows, step, windows),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const part = corpus.validation.subarray(0, Math.ceil(corpus.validation.length / 10));
  for await (const { step, loss, state } of run) {
    seconds += processorSeconds() - from;
    params = state.params;
    const progress = { step, loss, validation: await evaluate(params, part) };
    history.push(progress);
    onProgress?.(progress);
    from = processorSeconds();
  }
  return { params, history, validation: await evaluate(params, corpus.validation), seconds };
};
