import type { SentenceDocument } from "@adjoint/data";
import type { BertConfig } from "@adjoint/models";
import { adamw, chain, clipByGlobalNorm, warmupCosineDecay } from "@adjoint/optim";
import { pretrain, type TrainRecipe } from "@adjoint/recipes";
import type { TextTokenizer } from "@adjoint/tokenizers";
import type { ClassRun } from "./class-learner.ts";
import { type ModelParams, type PretrainBatch, pretrainLosses } from "./model.ts";
import { pretrainBatches } from "./pretrain-batches.ts";

/** How an encoder is pretrained. */
export type PretrainSettings = {
  readonly learningRate: number;
  readonly epochs: number;
  readonly batchSize: number;
  /** Tokens of a pair at most. */
  readonly length: number;
};

const recipeOf = (
  config: BertConfig,
  learningRate: number,
  steps: number,
): TrainRecipe<ModelParams, PretrainBatch> =>
  pretrain({
    loss: (params, batch) => {
      const { words, next } = pretrainLosses(params, batch, config);
      return words.add(next);
    },
    optimizer: chain(
      clipByGlobalNorm(1),
      adamw({
        learningRate: warmupCosineDecay({
          ...{ peak: learningRate, end: learningRate / 20, decaySteps: steps },
          warmupSteps: Math.min(100, Math.ceil(steps / 10)),
        }),
        weightDecay: 0.01,
      }),
    ),
  });

/** Masked words and next sentences: learns a tokenizer's language from documents. */
export const pretrainEncoder = async (
  params: ModelParams,
  documents: readonly SentenceDocument[],
  tokenizer: TextTokenizer,
  config: BertConfig,
  { seed, signal, onProgress, ...settings }: PretrainSettings & ClassRun,
): Promise<ModelParams> => {
  const { vocabSize } = config;
  // a document gives a pair, long ones more
  const steps = Math.ceil((1.1 * documents.length * settings.epochs) / settings.batchSize);
  const recipe = recipeOf(config, settings.learningRate, steps);
  let state = recipe.init(params);
  let [step, sum, since] = [0, 0, 0];
  for await (const batch of pretrainBatches(documents, tokenizer, {
    ...settings,
    seed,
    vocabSize,
  })) {
    if (signal?.aborted === true) break;
    const [next, metrics] = recipe.step(state, batch);
    state = next;
    step++;
    sum += Number(await metrics.loss.item());
    since++;
    if (step % 100 !== 0) continue;
    onProgress?.(step, steps, sum / since);
    [sum, since] = [0, 0];
  }
  return state.params;
};
