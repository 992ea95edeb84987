import { map } from "@adjoint/core/tree";
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
  readonly steps: number;
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

/** Masked words and next sentences: learns a tokenizer's language from documents; `params` stay as they are. */
export const pretrainEncoder = async (
  params: ModelParams,
  documents: readonly SentenceDocument[],
  tokenizer: TextTokenizer,
  config: BertConfig,
  { seed, signal, onProgress, ...settings }: PretrainSettings & ClassRun,
): Promise<ModelParams> => {
  const { vocabSize } = config;
  const { steps } = settings;
  const recipe = recipeOf(config, settings.learningRate, steps);
  let state = recipe.init(map((x) => x.add(0), params)); // the recipe takes over what it starts from
  let [step, sum, since] = [0, 0, 0];
  for await (const batch of pretrainBatches(documents, tokenizer, {
    ...settings,
    seed,
    vocabSize,
  })) {
    if (signal?.aborted === true || step === steps) break;
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
