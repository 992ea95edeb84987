import type { ClassSettings } from "./class-learner.ts";
import type { PretrainSettings } from "./pretrain-encoder.ts";

/** Tokens of the vocabulary. */
export const vocabSize = 8192;

/** Masked words and next sentences. */
export const pretrainSettings: PretrainSettings = {
  learningRate: 1e-3,
  steps: 1200,
  batchSize: 64,
  length: 48,
};

/** What a lexicon says. */
export const lexiconSettings: ClassSettings = {
  learningRate: 1e-3,
  epochs: 2,
  batchSize: 64,
  hidden: 0.2,
};

/** Labelled sentences. Chosen in short runs on the folds 1 to 4. */
export const sentenceSettings: ClassSettings = {
  learningRate: 5e-4,
  epochs: 6,
  batchSize: 32,
  hidden: 0.2,
};
