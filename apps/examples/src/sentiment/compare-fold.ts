import { classLearner, type ClassRun } from "./class-learner.ts";
import { hits } from "./compare.ts";
import { type EncodedText, textEncoder } from "./encode-text.ts";
import { heldOut } from "./folds.ts";
import { contextLength, type ModelParams } from "./model.ts";
import { naiveBayes } from "./naive-bayes.ts";
import { predictor } from "./predict.ts";
import type { Language } from "./prepare.ts";
import type { Lexicon } from "./read-lexicon.ts";
import type { Sentence } from "./read-sentences.ts";
import { sentenceSettings } from "./settings.ts";
import { withRatings } from "./with-ratings.ts";

/** What is compared. */
export const contenders = [
  "Naive Bayes",
  "Naive Bayes, lexicon",
  "BERT, fresh",
  "BERT, pretrained",
  "BERT, pretrained, lexicon",
] as const;

/** Name of something that is compared. */
export type Contender = (typeof contenders)[number];

/** For each contender 1 where it was right about a held-out sentence, 0 elsewhere. */
export type FoldHits = Readonly<Record<Contender, readonly number[]>>;

/** Parameters that fine-tuning starts from. */
export type Starts = {
  readonly fresh: ModelParams;
  readonly pretrained: ModelParams;
  readonly withLexicon: ModelParams;
};

/** Settings of `foldComparer`. */
export type CompareOptions = Pick<ClassRun, "signal"> & {
  readonly folds: number;
  /** Fine-tunings whose probabilities are averaged. */
  readonly seeds: number;
  readonly onProgress?: (contender: Contender, seed: number, loss: number) => void;
};

const bayesHits = (train: readonly Sentence[], test: readonly Sentence[]): readonly number[] => {
  const praise = naiveBayes(train);
  return hits(
    test.map(({ text }) => praise(text)),
    test,
  );
};

/** Learns from all parts but one, and answers for that one; models compile once for all parts. */
export const foldComparer = (
  sentences: readonly Sentence[],
  { config, tokenizer }: Pick<Language, "config" | "tokenizer">,
  lexicon: Lexicon,
  starts: Starts,
  { folds, seeds, signal, onProgress }: CompareOptions,
): ((fold: number) => Promise<FoldHits>) => {
  const size = Math.round((sentences.length * (folds - 1)) / folds);
  const learn = classLearner(config, size, sentenceSettings);
  const predict = predictor(config);
  const plain = textEncoder(tokenizer, contextLength);
  const rated = textEncoder(tokenizer, contextLength, lexicon);
  return async (fold) => {
    const { train, test } = heldOut(sentences, fold, folds);
    const bert = async (
      name: Contender,
      start: ModelParams,
      encode: (text: string) => EncodedText,
    ): Promise<readonly number[]> => {
      const examplesOf = (list: readonly Sentence[]) =>
        list.map(({ text, label }) => ({ ...encode(text), praise: label }));
      let mean: readonly number[] = test.map(() => 0);
      for (let seed = 0; seed < seeds; seed++) {
        const params = await learn(start, examplesOf(train), {
          seed,
          ...(signal === undefined ? {} : { signal }),
          onProgress: (step, steps, loss) => {
            if (step === steps) onProgress?.(name, seed, loss);
          },
        });
        const praise = await predict(params, examplesOf(test));
        mean = mean.map((sum, i) => sum + (praise[i] ?? 0) / seeds);
      }
      return hits(mean, test);
    };
    return {
      "Naive Bayes": bayesHits(train, test),
      "Naive Bayes, lexicon": bayesHits(
        train.map((sentence) => withRatings(sentence, lexicon)),
        test.map((sentence) => withRatings(sentence, lexicon)),
      ),
      "BERT, fresh": await bert("BERT, fresh", starts.fresh, plain),
      "BERT, pretrained": await bert("BERT, pretrained", starts.pretrained, plain),
      "BERT, pretrained, lexicon": await bert(
        "BERT, pretrained, lexicon",
        starts.withLexicon,
        rated,
      ),
    };
  };
};
