// A vision-language model that looks and writes: a small Vision Transformer, two linear layers and a small decoder, trained together from
// nothing, answer in words, character by character.
//
//   npm run example -- caption [emoji|motion] [--steps N] [--seed N]
//
// emoji: what kind of thing a picture of 32 x 32 shows, "Animals & Nature" or "Flags". The pictures are Google's Noto Emoji (Apache-2.0),
// the categories those of emoji-datasource (MIT), from npm: 81 MB go into the user's cache folder at the first time.
// motion: which way a square goes in a film of six pictures: "left", "right", "up" or "down". The films are made here.
//
// A fixed part of both is used once, at the end. Ctrl-C stops after the step in progress. Results are in docs/guides/trainings.md.
import { parseArgs } from "node:util";
import { createOnnxBackend } from "@adjoint/backend-onnx";
import { setBackend } from "@adjoint/core";
import { key } from "@adjoint/core/random";
import { vlm, type VlmConfig, type VlmParams } from "@adjoint/models";
import { parameterCount } from "@adjoint/nn";
import { answerRows, answerTokenizer, type Shown } from "./caption/answer-rows.ts";
import { emojiShown } from "./caption/emoji-shown.ts";
import { motionFrames, reordered, splitFilms } from "./caption/motion-shown.ts";
import { emojiConfig, emojiSchedule, motionConfig, motionSchedule } from "./caption/presets.ts";
import { type CaptionSchedule, trainCaptions } from "./caption/train-captions.ts";
import {
  shareOfCommonest,
  shareRight,
  writeAnswers,
  type Writing,
} from "./caption/write-answers.ts";
import { runCommand, withUsage } from "./command-line/run-command.ts";
import { wholeNumber } from "./command-line/whole-number.ts";
import { loadEmoji } from "./emoji/load-emoji.ts";
import { splitEmoji } from "./emoji/split-emoji.ts";
import { stopSignal } from "./training/stop-signal.ts";
import { stopwatch } from "./training/stopwatch.ts";

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

const usage = "usage: caption [emoji|motion] [--steps N] [--seed N]";

/** What is shown, in how many pictures, and to which model. */
type Task = {
  readonly train: readonly Shown[];
  /** Tells how it goes. */
  readonly watched: readonly Shown[];
  readonly test: readonly Shown[];
  readonly frames: number;
  readonly configOf: (vocabSize: number) => VlmConfig;
  readonly schedule: CaptionSchedule;
};

const emojiTask = async (): Promise<Task> => {
  const { train, validation, test } = await splitEmoji(await loadEmoji());
  return {
    train: emojiShown(train),
    watched: emojiShown(validation),
    test: emojiShown(test),
    frames: 1,
    configOf: emojiConfig,
    schedule: emojiSchedule,
  };
};

const motionTask = async (): Promise<Task> => {
  const { train, validation, test } = await splitFilms(key(1), 4);
  return {
    train,
    watched: validation,
    test,
    frames: motionFrames,
    configOf: motionConfig,
    schedule: motionSchedule,
  };
};

/** Trains, showing how it goes; undefined when it was stopped. */
const learn = async (
  { train, watched, frames, schedule }: Task,
  { config, tokenizer, length }: Writing,
  seed: number,
): Promise<VlmParams | undefined> => {
  const signal = stopSignal();
  const watch = stopwatch(schedule.steps);
  const rows = answerRows(train, frames, tokenizer, config);
  let params = vlm.init(key(seed), config);
  const size = parameterCount(params).toLocaleString("en-US");
  console.log(
    `${size} parameters, ${train.length} to learn from, ${tokenizer.vocabSize} characters`,
  );
  const settings = { schedule, every: Math.ceil(schedule.steps / 10), signal };
  for await (const standing of trainCaptions(key(seed), rows, config, settings)) {
    params = standing.params;
    const { step, loss } = standing;
    const written = await writeAnswers(params, watched, frames, { config, tokenizer, length });
    const right = `${percent(shareRight(written, watched))} of ${watched.length} right`;
    console.log(
      `step ${step}/${schedule.steps}  loss ${loss.toFixed(3)}  ${watch.pace(step)}  ${right}`,
    );
  }
  console.log(`${signal.aborted ? "stopped" : "trained"} after ${watch.total()}`);
  return signal.aborted ? undefined : params;
};

const report = async (params: VlmParams, task: Task, writing: Writing): Promise<void> => {
  const { train, test, frames } = task;
  const written = await writeAnswers(params, test, frames, writing);
  console.log(`${test.length} that it never saw: ${percent(shareRight(written, test))} right`);
  console.log(`  always the commonest answer: ${percent(shareOfCommonest(train, test))}`);
  for (const [i, { answer }] of test.slice(0, 8).entries())
    console.log(
      `  ${written[i] === answer ? "right" : "wrong"}: ${written[i]}${written[i] === answer ? "" : `, not ${answer}`}`,
    );
  if (frames === 1) return;
  const mixed = test.map((film) => reordered(film, [3, 0, 5, 2, 4, 1]));
  const share = shareRight(await writeAnswers(params, mixed, frames, writing), test);
  console.log(`  pictures of the films in another order: ${percent(share)}`);
};

const readArguments = () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { steps: { type: "string" }, seed: { type: "string", default: "0" } },
  });
  const [name = "emoji", ...others] = positionals;
  if ((name !== "emoji" && name !== "motion") || others.length > 0)
    throw new Error(`there are emoji and motion, got ${positionals.join(" ")}`);
  const steps = values.steps === undefined ? undefined : wholeNumber("--steps", values.steps, 1);
  return { name, steps, seed: wholeNumber("--seed", values.seed, 0) };
};

const main = async (): Promise<void> => {
  const { name, steps, seed } = withUsage(usage, readArguments);
  setBackend(await createOnnxBackend());
  const task = name === "emoji" ? await emojiTask() : await motionTask();
  const schedule = { ...task.schedule, steps: steps ?? task.schedule.steps };
  const own = { ...task, schedule };
  const answers = task.train.map(({ answer }) => answer);
  const tokenizer = answerTokenizer(answers);
  const length = answers.reduce((most, answer) => Math.max(most, answer.length), 0) + 1;
  const writing = { tokenizer, config: task.configOf(tokenizer.vocabSize), length };
  const params = await learn(own, writing, seed);
  if (params !== undefined) await report(params, own, writing);
};

if (import.meta.main) await runCommand(main);
