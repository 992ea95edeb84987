// A training step of twelve blocks with next to no arithmetic: what is left is the cost of a call. `hostMs` is the time
// beyond the engine's own, where the engine can tell the two apart.
// npm run bench -- jit-overhead [--engine NAME,...] [--rounds 5] [--json]
import { selectEngines } from "./engine/registry.ts";
import { configNamed } from "./model/gpt.ts";
import { report } from "./report/report.ts";
import { readOptions } from "./run/options.ts";
import { trainingRows } from "./run/training-rows.ts";

const options = readOptions({ config: "hollow", engine: "adjoint-onnx,torch,jax-js,tfjs-wasm" });
const config = configNamed(options.config);
const bench = {
  bench: "jit-overhead",
  config: options.config,
  task: { kind: "train-step", config },
} as const;
const rows = await trainingRows(bench, selectEngines(options.engine), options.rounds);
report(`jit-overhead: ${JSON.stringify(config)}`, rows, options.json);
