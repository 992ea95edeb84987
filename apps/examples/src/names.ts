// makemore's Transformer (Karpathy, 2022) learns 31,033 first names character by character and makes up new ones: GPT-2 with
// 4 layers of width 64 and 204,544 parameters, AdamW, 10,000 batches of 32 names.
//
//   npm run example -- names [steps]
//
// Ctrl-C stops early and shows what was learned. Sizes, optimizer and the split are the original's, so that its numbers can be
// compared: its loss on the test is 1.972 after 10,000 steps, that of counting pairs of characters 2.450.
//
// Measured on two cores with ONNX Runtime: 1.976, 3 min of processor time.
import { createOnnxBackend } from "@adjoint/backend-onnx";
import { setBackend } from "@adjoint/core";
import { key, splitTuple } from "@adjoint/core/random";
import { parameterCount } from "@adjoint/nn";
import { runCommand } from "./command-line/run-command.ts";
import { stepsArgument } from "./command-line/steps-argument.ts";
import { bigramLoss } from "./names/bigram.ts";
import { readNames } from "./names/names-data.ts";
import { sampleNames } from "./names/sample-names.ts";
import { trainNames } from "./names/train-names.ts";
import { stopSignal } from "./training/stop-signal.ts";
import { stopwatch } from "./training/stopwatch.ts";

const main = async (): Promise<void> => {
  const steps = stepsArgument("names", process.argv.slice(2), 10_000);
  setBackend(await createOnnxBackend());
  const [forTraining, forSamples] = splitTuple(key(3407), 2);
  const names = await readNames();
  const { train, test } = names;
  console.log(`${train.length} names to learn from, ${test.length} to judge by`);
  console.log(`pairs of characters, counted: test loss ${bigramLoss(train, test).toFixed(4)}`);

  const time = stopwatch(steps);
  const { params, config, history } = await trainNames(names, {
    ...{ key: forTraining, steps, signal: stopSignal() },
    onProgress: ({ step, loss, testLoss }) =>
      console.log(
        `step ${step}: loss ${loss.toFixed(4)}, test loss ${testLoss.toFixed(4)}, ${time.pace(step)}`,
      ),
  });
  const last = history.at(-1);
  console.log(`${parameterCount(params)} parameters, ${last?.step} steps in ${time.total()}`);
  console.log(`test loss ${last?.testLoss.toFixed(4)}`);

  const model = { config, tokenizer: names.tokenizer };
  const samples = await sampleNames(params, model, { key: forSamples, count: 1000 });
  const [known, held] = [new Set(train), new Set(test)];
  const fresh = samples.filter((name) => !known.has(name) && !held.has(name));
  const share = (count: number): string => `${((100 * count) / samples.length).toFixed(1)} %`;
  const learned = samples.filter((name) => known.has(name)).length;
  console.log(
    `of ${samples.length} samples ${share(learned)} are among the names to learn from, ` +
      `${share(samples.length - learned - fresh.length)} among those to judge by, ${share(fresh.length)} are new:`,
  );
  console.log(fresh.slice(0, 20).join(" "));
};

if (import.meta.main) await runCommand(main);
