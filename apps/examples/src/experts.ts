// Mixture of experts against dense: two decoders learn Tiny Shakespeare character by character. The dense one has MLPs of width
// 388, the other 8 MLPs of width 192 in the place of each, of which every token takes the best 2: with its router exactly the same
// operations a token, and 2.9 times as many parameters.
//
//   npm run example -- experts [--steps N] [--seeds 0,1,2]
//
// Both see the same windows in the same order. Ctrl-C stops and compares by the seeds that both have finished. Results are in
// docs/guides/trainings.md.
import { parseArgs } from "node:util";
import { createOnnxBackend } from "@adjoint/backend-onnx";
import { setBackend } from "@adjoint/core";
import { key } from "@adjoint/core/random";
import { runCommand, withUsage } from "./command-line/run-command.ts";
import { wholeNumber } from "./command-line/whole-number.ts";
import { comparison } from "./experts/comparison.ts";
import { readShakespeare } from "./experts/corpus.ts";
import { denseConfig, expertsConfig } from "./experts/model.ts";
import { type LayerRouting, routingOf } from "./experts/routing-report.ts";
import { trainDecoder } from "./experts/train-decoder.ts";
import { workOf } from "./experts/work.ts";
import { stopSignal } from "./training/stop-signal.ts";
import { stopwatch } from "./training/stopwatch.ts";

const hidden = 388;
const batchSize = 16;
const usage = "usage: experts [--steps N] [--seeds 0,1,2]";
const options = {
  steps: { type: "string", default: "400" },
  seeds: { type: "string", default: "0,1,2" },
} as const;

const grouped = (n: number): string => Math.round(n).toLocaleString("en-US");
const percent = (x: number): string => `${(100 * x).toFixed(1)} %`;

const showRouting = (
  layers: readonly LayerRouting[],
  decode: (ids: readonly number[]) => string,
): void =>
  layers.forEach(({ load, entropy, favourites }, layer) => {
    console.log(`  layer ${layer + 1}: entropy of the gates ${percent(entropy)} of even ones`);
    load.forEach((share, expert) =>
      console.log(
        `    expert ${expert + 1}: ${percent(share).padStart(6)}  leans to ${JSON.stringify(decode(favourites[expert] ?? []))}`,
      ),
    );
  });

const readArguments = () => {
  const { values } = parseArgs({ options });
  const seeds = values.seeds.split(",").map((text) => wholeNumber("--seeds", text, 0));
  return { steps: wholeNumber("--steps", values.steps, 1), seeds };
};

const main = async (): Promise<void> => {
  const { steps, seeds } = withUsage(usage, readArguments);
  setBackend(await createOnnxBackend());
  const corpus = await readShakespeare();
  const { vocabSize } = corpus.tokenizer;
  const sizes = { vocabSize, blockSize: 64, nEmbd: 96, nLayer: 3, nHead: 3 };
  const models = {
    dense: denseConfig(sizes, hidden),
    experts: expertsConfig(sizes, hidden, { nExpert: 8, topK: 2 }),
  };
  const losses: Record<keyof typeof models, number[]> = { dense: [], experts: [] };
  const signal = stopSignal();
  const every = Math.max(1, Math.ceil(steps / 10));
  for (const seed of seeds)
    for (const name of ["dense", "experts"] as const) {
      if (signal.aborted) continue;
      const config = models[name];
      const watch = stopwatch(steps);
      const trained = await trainDecoder(corpus, config, {
        ...{ key: key(seed), steps, batchSize, every, signal },
        onProgress: ({ step, loss, validation }) =>
          console.log(
            `${name}, seed ${seed}, step ${step}/${steps}  loss ${loss.toFixed(3)}  validation ${validation.toFixed(4)}  ${watch.pace(step)}`,
          ),
      });
      const reached = trained.history.at(-1)?.step ?? 1;
      if (reached === steps) losses[name].push(trained.validation);
      else console.log(`${name}, seed ${seed}: stopped after step ${reached}`);
      const speed = (1000 * trained.seconds) / reached;
      console.log(
        `${name}, seed ${seed}: validation loss ${trained.validation.toFixed(4)}, ${speed.toFixed(0)} ms of processor time a step`,
      );
      if (seed !== seeds[0]) continue;
      const work = workOf(trained.params, config, [batchSize, sizes.blockSize]);
      console.log(
        `  ${grouped(work.parameters)} parameters, ${grouped(work.active)} of them for a token, ` +
          `${grouped(work.flops)} operations a token (${grouped(work.carriedOut)} carried out)`,
      );
      showRouting(await routingOf(trained.params, config, corpus.validation), (ids) =>
        corpus.tokenizer.decode(ids),
      );
    }
  console.log(comparison(losses));
};

if (import.meta.main) await runCommand(main);
