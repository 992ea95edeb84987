// One update of an optimizer alone, float32: kernels of 512 (1m: four of them) or 1024 (10m: ten).
// npm run bench -- optim [--config adamw-1m,lion-10m,...] [--engine adjoint-onnx,torch,torch-fused] [--rounds 5] [--json]
import type { OptimizerName, Task } from "./engine/engine.ts";
import { selectEngines } from "./engine/registry.ts";
import { report, type Row } from "./report/report.ts";
import { readOptions } from "./run/options.ts";
import { measureAll } from "./run/measure-all.ts";

const sizes: Readonly<Record<string, { readonly count: number; readonly width: number }>> = {
  "1m": { count: 4, width: 512 },
  "10m": { count: 10, width: 1024 },
};
const optimizers: readonly OptimizerName[] = ["adamw", "lion", "muon"];

const taskOf = (config: string): Task & { readonly kind: "optim-step" } => {
  const [name, size = ""] = config.split("-");
  const optimizer = optimizers.find((known) => known === name);
  const shape = sizes[size];
  if (optimizer !== undefined && shape !== undefined)
    return { kind: "optim-step", optimizer, ...shape };
  throw new Error(`--config: an optimizer and a size such as adamw-1m, got ${config}`);
};

const options = readOptions({
  config: "adamw-1m,lion-1m,muon-1m,adamw-10m,lion-10m,muon-10m",
  engine: "adjoint-onnx,torch,torch-fused",
});
const rows: Row[] = [];
for (const config of options.config.split(",")) {
  const task = taskOf(config);
  const measured = await measureAll(task, selectEngines(options.engine), options.rounds);
  for (const { name, result } of measured) {
    const base = { bench: "optim", config, engine: name, parameters: task.count * task.width ** 2 };
    rows.push(
      "samples" in result
        ? {
            ...base,
            ms: result.samples.seconds * 1000,
            bestMs: result.samples.fastest * 1000,
            firstStepMs: result.prepareSeconds * 1000,
          }
        : { ...base, ...result },
    );
  }
}
report("one update of an optimizer, float32", rows, options.json);
