import type { BertConfig } from "@adjoint/models";
import { key } from "@adjoint/core/random";
import type { TextTokenizer } from "@adjoint/tokenizers";
import { textEncoder } from "./encode-text.ts";
import { lexiconExamples } from "./lexicon-examples.ts";
import { contextLength, initModel, modelConfig, type ModelParams } from "./model.ts";
import { documentOf } from "./pretrain-batches.ts";
import { pretrainEncoder } from "./pretrain-encoder.ts";
import type { ClassRun } from "./class-learner.ts";
import { classLearner } from "./class-learner.ts";
import type { Lexicon } from "./read-lexicon.ts";
import type { Synset } from "./read-wordnet.ts";
import { lexiconSettings, pretrainSettings } from "./settings.ts";
import { trainTokenizer } from "./train-tokenizer.ts";

/** A model's parts that no label was needed for. */
export type Language = {
  readonly tokenizer: TextTokenizer;
  readonly config: BertConfig;
  /** Parameters before any training. */
  readonly fresh: ModelParams;
};

/** Meanings that text is taken from: all adjectives, adverbs and verbs, and nouns with examples. */
export const usefulSynsets = (synsets: readonly Synset[]): readonly Synset[] =>
  synsets.filter(({ part, examples }) => part !== "noun" || examples.length > 0);

/** A vocabulary from meanings, and a model for it. */
export const languageOf = async (
  synsets: readonly Synset[],
  vocabSize: number,
): Promise<Language> => {
  const texts = synsets.map(({ words, definition, examples }) =>
    [words.join(", "), definition, ...examples].join(". "),
  );
  const tokenizer = await trainTokenizer(texts, vocabSize);
  const config = modelConfig(tokenizer.vocabSize);
  return { tokenizer, config, fresh: initModel(key(0), config) };
};

/** Pretrains a model on meanings as documents. */
export const pretrainOn = (
  synsets: readonly Synset[],
  { tokenizer, config, fresh }: Language,
  run: ClassRun,
): Promise<ModelParams> => {
  const documents = synsets.map((synset) => documentOf(synset, tokenizer));
  return pretrainEncoder(fresh, documents, tokenizer, config, { ...pretrainSettings, ...run });
};

/** Goes on from `params` with what a lexicon says about words and meanings. */
export const learnLexicon = (
  params: ModelParams,
  synsets: readonly Synset[],
  lexicon: Lexicon,
  { tokenizer, config }: Language,
  run: ClassRun,
): Promise<ModelParams> => {
  const encode = textEncoder(tokenizer, contextLength, lexicon);
  const examples = lexiconExamples(lexicon, synsets, encode);
  return classLearner(config, examples.length, lexiconSettings)(params, examples, run);
};
