// One GPT training step: forward, backward, clip, AdamW.
// npm run bench -- train-step [--config small|mid] [--engine default|wasm|NAME,...] [--rounds 5] [--json]
import { selectEngines } from "./engine/registry.ts";
import { configNamed } from "./model/gpt.ts";
import { report } from "./report/report.ts";
import { readOptions } from "./run/options.ts";
import { trainingRows } from "./run/training-rows.ts";

const options = readOptions({ config: "small" });
const config = configNamed(options.config);
// A step of mid takes the plain JavaScript engine a minute: it runs only when it is asked for.
const patient = options.engine === "default" && options.config === "mid";
const engines = selectEngines(patient ? "adjoint-onnx,torch,jax-js,tfjs-wasm" : options.engine);
const bench = {
  bench: "train-step",
  config: options.config,
  task: { kind: "train-step", config },
} as const;
const rows = await trainingRows(bench, engines, options.rounds);
report(`train-step, ${options.config}: ${JSON.stringify(config)}`, rows, options.json);
