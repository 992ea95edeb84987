// CLIP on emoji: a tower for small pictures and a tower for captions learn to put what belongs together side by side.
//
//   npm run example -- emoji-clip [--epochs N] [--seed N]
//
// The pictures are Google's Noto Emoji (Apache-2.0), the captions names and tags of the Unicode CLDR (MIT), both from npm; 81 MB go into the
// user's cache folder at the first time. It learns from four fifths of the 1,911 emoji, a tenth tells how it goes, and a tenth is used once
// at the end: which of its captions belongs to a picture that it never saw? Ctrl-C stops after the step in progress. Results are in
// docs/guides/trainings.md.
import { parseArgs } from "node:util";
import { createOnnxBackend } from "@adjoint/backend-onnx";
import { setBackend } from "@adjoint/core";
import { key } from "@adjoint/core/random";
import { clip } from "@adjoint/models";
import { parameterCount } from "@adjoint/nn";
import { runCommand, withUsage } from "./command-line/run-command.ts";
import { wholeNumber } from "./command-line/whole-number.ts";
import { trainCaptionTokenizer } from "./emoji-clip/captions.ts";
import { captionLength, clipSchedule, clipSizes, vocabSize } from "./emoji-clip/presets.ts";
import type { Retrieval } from "./emoji-clip/retrieval.ts";
import { clipSteps, retrievalMeter, trainClip } from "./emoji-clip/train-clip.ts";
import { loadEmoji } from "./emoji/load-emoji.ts";
import { splitEmoji } from "./emoji/split-emoji.ts";
import { stopSignal } from "./training/stop-signal.ts";
import { stopwatch } from "./training/stopwatch.ts";

const usage = "usage: emoji-clip [--epochs N] [--seed N]";
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const show = ({ at1, at5 }: Retrieval): string => `@1 ${percent(at1)}, @5 ${percent(at5)}`;

const readArguments = () => {
  const { values } = parseArgs({
    options: {
      epochs: { type: "string", default: String(clipSchedule.epochs) },
      seed: { type: "string", default: "0" },
    },
  });
  return {
    seed: wholeNumber("--seed", values.seed, 0),
    schedule: { ...clipSchedule, epochs: wholeNumber("--epochs", values.epochs, 1) },
  };
};

const main = async (): Promise<void> => {
  const { seed, schedule } = withUsage(usage, readArguments);
  setBackend(await createOnnxBackend());
  const { train, validation, test } = await splitEmoji(await loadEmoji());
  const captions = await trainCaptionTokenizer(train, vocabSize);
  const config = clipSizes(captions.endId);
  const options = { captions, length: captionLength };
  const signal = stopSignal();
  const watch = stopwatch(clipSteps(train.length, schedule));
  const measure = retrievalMeter(config);
  let params = clip.init(key(seed), config);
  console.log(
    `${parameterCount(params).toLocaleString("en-US")} parameters, ${train.length} emoji`,
  );
  const own = { ...options, schedule, every: 60, signal };
  for await (const standing of trainClip(key(seed), train, config, own)) {
    params = standing.params;
    const { step, steps, loss } = standing;
    const { imageToText } = await measure(params, validation, options);
    const reached = `image to text ${show(imageToText)} of ${validation.length}`;
    console.log(`step ${step}/${steps}  loss ${loss.toFixed(3)}  ${watch.pace(step)}  ${reached}`);
  }
  if (signal.aborted) return console.log(`stopped after ${watch.total()}; the test is not taken`);
  console.log(`trained in ${watch.total()}`);
  const { imageToText, textToImage } = await measure(params, test, options);
  console.log(`${test.length} emoji that it never saw:`);
  console.log(`  image to text ${show(imageToText)}`);
  console.log(`  text to image ${show(textToImage)}`);
  console.log(`  chance        ${show({ at1: 1 / test.length, at5: 5 / test.length })}`);
};

await runCommand(main);
