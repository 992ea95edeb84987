// Fashion-MNIST: 60,000 small gray pictures of clothes to learn from, 10 classes, 10,000 to measure with at the end.
//
//   npm run example -- fashion --model resnet|vit [--folder FOLDER] [--epochs N] [--seed N]
//
// The pictures come from Debian's package dataset-fashion-mnist (MIT; needs apt and dpkg), or from a folder with the four IDX files,
// gzipped or not. Shifts by a pixel and mirrors make more of them. 5,000 of the 60,000 tell how it goes; the 10,000 are used once, at the
// end. Ctrl-C stops after the step in progress. Results are in docs/guides/trainings.md.
import { parseArgs } from "node:util";
import { createOnnxBackend } from "@adjoint/backend-onnx";
import { setBackend } from "@adjoint/core";
import { key } from "@adjoint/core/random";
import type { TrainState } from "@adjoint/recipes";
import { runCommand, withUsage } from "./command-line/run-command.ts";
import { wholeNumber } from "./command-line/whole-number.ts";
import type { Classifier } from "./fashion/classifier.ts";
import { classNames, type Fashion, loadFashion } from "./fashion/fashion-data.ts";
import { accuracyMeter } from "./fashion/measure-accuracy.ts";
import { resnetSchedule, resnetSizes, vitSchedule, vitSizes } from "./fashion/presets.ts";
import { resnetClassifier } from "./fashion/resnet-classifier.ts";
import { type Schedule, trainClassifier } from "./fashion/train-classifier.ts";
import { vitClassifier } from "./fashion/vit-classifier.ts";
import { stopSignal } from "./training/stop-signal.ts";
import { stopwatch } from "./training/stopwatch.ts";

const usage = "usage: fashion --model resnet|vit [--folder FOLDER] [--epochs N] [--seed N]";
const classes = classNames.length;
const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

type Run = { readonly seed: number; readonly schedule: Schedule };

const run = async <M, T extends TrainState<unknown>>(
  classifier: Classifier<M, T>,
  { train, test }: Fashion,
  { seed, schedule }: Run,
): Promise<void> => {
  const signal = stopSignal();
  const perEpoch = Math.floor((train.labels.length - schedule.validation) / schedule.batchSize);
  const watch = stopwatch(perEpoch * schedule.epochs);
  const options = { schedule, classes, every: 100, signal };
  let model = classifier.init(key(seed));
  console.log(`${classifier.size(model).toLocaleString("en-US")} parameters`);
  for await (const standing of trainClassifier(key(seed), classifier, train, options)) {
    const { step, steps, loss, accuracy } = standing;
    model = standing.model;
    const reached = accuracy === undefined ? "" : `  validation ${percent(accuracy)}`;
    console.log(`step ${step}/${steps}  loss ${loss.toFixed(3)}  ${watch.pace(step)}${reached}`);
  }
  if (signal.aborted) return console.log(`stopped after ${watch.total()}; the test is not taken`);
  console.log(`trained in ${watch.total()}`);
  const measure = accuracyMeter(classifier, { batchSize: 250, classes });
  const { all, perClass } = await measure(model, test, Int32Array.from(test.labels.keys()));
  console.log(`test accuracy ${percent(all)} of ${test.labels.length}`);
  perClass.forEach((share, i) => console.log(`  ${classNames[i]?.padEnd(10)}${percent(share)}`));
};

const options = {
  model: { type: "string", default: "resnet" },
  folder: { type: "string" },
  epochs: { type: "string" },
  seed: { type: "string", default: "0" },
} as const;

const readArguments = () => {
  const { values } = parseArgs({ options });
  if (values.model !== "resnet" && values.model !== "vit")
    throw new Error(`--model must be resnet or vit, got ${values.model}`);
  const preset = values.model === "resnet" ? resnetSchedule : vitSchedule;
  const seed = wholeNumber("--seed", values.seed, 0);
  const epochs = wholeNumber("--epochs", values.epochs ?? String(preset.epochs), 1);
  return { model: values.model, folder: values.folder, seed, schedule: { ...preset, epochs } };
};

const main = async (): Promise<void> => {
  const { model, folder, ...settings } = withUsage(usage, readArguments);
  const fashion = await loadFashion(folder);
  setBackend(await createOnnxBackend());
  if (model === "resnet") await run(resnetClassifier(resnetSizes, classes), fashion, settings);
  else await run(vitClassifier(vitSizes, classes), fashion, settings);
};

await runCommand(main);
