// A small BERT learns whether a sentence of a review praises, and is measured against a bag of words.
//
//   npm run example -- sentiment [--folds 0,1,2,3,4] [--seeds N] [--pretrained FILE]
//
// 1. Pretraining as in the paper, masked words and next sentences, on WordNet: each of 44,370 meanings is a document of its words,
//    its definition and its examples. The WordPiece vocabulary is from the same text.
// 2. What a lexicon says: words with ratings, and definitions and examples of rated words, as texts of known sentiment.
// 3. Fine-tuning on 2,969 labelled sentences, four fifths at a time; the fifth that is left is measured. Which fifth a sentence is in,
//    its hash decides.
//
// The same without 2, and without 1 and 2, tells what each is worth; Naive Bayes sees the same fifths. The last two stages also see
// which words the lexicon calls good or bad, as kinds of tokens. Pretrained parameters are written to FILE, or read where it exists.
// Results are in docs/guides/trainings.md. Ctrl-C stops with what was measured so far.
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { createOnnxBackend } from "@adjoint/backend-onnx";
import { setBackend } from "@adjoint/core";
import { parameterCount } from "@adjoint/nn";
import { loadCheckpoint, saveCheckpoint } from "@adjoint/recipes/node";
import { runCommand, withUsage } from "./command-line/run-command.ts";
import { wholeNumber } from "./command-line/whole-number.ts";
import type { ClassRun } from "./sentiment/class-learner.ts";
import { advantage, measured, type Measured } from "./sentiment/compare.ts";
import { contenders, type FoldHits, foldComparer, type Starts } from "./sentiment/compare-fold.ts";
import {
  type Language,
  languageOf,
  learnLexicon,
  pretrainOn,
  usefulSynsets,
} from "./sentiment/prepare.ts";
import { type Lexicon, readLexicon } from "./sentiment/read-lexicon.ts";
import { readSentences } from "./sentiment/read-sentences.ts";
import { readWordnet, type Synset } from "./sentiment/read-wordnet.ts";
import { vocabSize } from "./sentiment/settings.ts";
import { stopSignal } from "./training/stop-signal.ts";
import { stopwatch } from "./training/stopwatch.ts";

const foldCount = 5;
const usage = "usage: sentiment [--folds 0,1,2,3,4] [--seeds N] [--pretrained FILE]";
const options = {
  folds: { type: "string", default: "0,1,2,3,4" },
  seeds: { type: "string", default: "2" },
  pretrained: { type: "string" },
} as const;

const percent = ({ mean, margin }: Measured): string =>
  `${(100 * mean).toFixed(1)} % ± ${(100 * margin).toFixed(1)}`;

/** Progress of a stage, a line now and then. The pace counts from the first one on, so that compiling does not. */
const stage = (name: string): Required<Pick<ClassRun, "onProgress">> => {
  let [watch, first] = [stopwatch(0), 0];
  return {
    onProgress: (step, steps, loss) => {
      const pace = first === 0 ? "" : `  ${watch.pace(step - first)}`;
      if (first === 0) [watch, first] = [stopwatch(steps - step), step];
      console.log(`${name}: step ${step}/${steps}  loss ${loss.toFixed(3)}${pace}`);
    },
  };
};

/** Parameters after the stages that see no labelled sentence. */
const startsOf = async (
  synsets: readonly Synset[],
  lexicon: Lexicon,
  language: Language,
  signal: AbortSignal,
): Promise<Starts> => {
  const { fresh } = language;
  const pretrained = await pretrainOn(synsets, language, {
    seed: 1,
    signal,
    ...stage("pretraining"),
  });
  const withLexicon = await learnLexicon(pretrained, synsets, lexicon, language, {
    ...{ seed: 3, signal, ...stage("lexicon") },
  });
  return { fresh, pretrained, withLexicon };
};

/** The same, from a file where there is one, else into it. */
const keptStarts = async (
  file: string | undefined,
  { fresh }: Language,
  make: () => Promise<Starts>,
  signal: AbortSignal,
): Promise<Starts> => {
  if (file !== undefined && existsSync(file)) {
    const like = { pretrained: fresh, withLexicon: fresh };
    return { fresh, ...(await loadCheckpoint(file, like)).state };
  }
  const starts = await make();
  const { pretrained, withLexicon } = starts;
  if (file !== undefined && !signal.aborted)
    await saveCheckpoint(file, { pretrained, withLexicon });
  return starts;
};

const report = (folds: readonly FoldHits[]): void => {
  const all = (name: (typeof contenders)[number]) => folds.flatMap((fold) => fold[name]);
  for (const name of contenders) {
    const each = folds.map((fold) => (100 * measured(fold[name]).mean).toFixed(1)).join(" ");
    console.log(`${name.padEnd(26)} ${percent(measured(all(name)))}   (${each})`);
  }
  for (const name of contenders.slice(1))
    console.log(
      `${name} against Naive Bayes: ${percent(advantage(all(name), all("Naive Bayes")))}`,
    );
};

const readArguments = () => {
  const { values } = parseArgs({ options });
  const folds = values.folds.split(",").map((text) => wholeNumber("--folds", text, 0));
  if (folds.some((fold) => fold >= foldCount))
    throw new Error(`--folds must be below ${foldCount}, got ${values.folds}`);
  return { folds, seeds: wholeNumber("--seeds", values.seeds, 1), pretrained: values.pretrained };
};

const main = async (): Promise<void> => {
  const { folds, seeds, pretrained } = withUsage(usage, readArguments);
  setBackend(await createOnnxBackend());
  const watch = stopwatch(1);
  const [signal, sentences, lexicon] = [stopSignal(), await readSentences(), await readLexicon()];
  const synsets = usefulSynsets(await readWordnet());
  const language = await languageOf(synsets, vocabSize);
  console.log(
    `${sentences.length} sentences, ${synsets.length} meanings, ${lexicon.size} rated words; ` +
      `${parameterCount(language.fresh).toLocaleString("en-US")} parameters`,
  );
  const make = (): Promise<Starts> => startsOf(synsets, lexicon, language, signal);
  const starts = await keptStarts(pretrained, language, make, signal);
  const compare = foldComparer(sentences, language, lexicon, starts, {
    ...{ folds: foldCount, seeds, signal },
    onProgress: (name, seed, loss) =>
      console.log(`  ${name}, seed ${seed}: last loss ${loss.toFixed(3)}`),
  });
  const done: FoldHits[] = [];
  for (const fold of folds) {
    if (signal.aborted) break;
    const found = await compare(fold);
    if (signal.aborted) break; // learned from a part of the epochs only
    done.push(found);
    const line = contenders.map(
      (name) => `${name} ${(100 * measured(found[name]).mean).toFixed(1)}`,
    );
    console.log(`fold ${fold}: ${line.join(", ")} %`);
  }
  console.log(`${signal.aborted ? "stopped" : "done"} after ${watch.total()}`);
  if (done.length > 0) report(done);
};

if (import.meta.main) await runCommand(main);
