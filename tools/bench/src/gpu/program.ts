// webgpu-step and webgpu-kernels in Node as one program, which src/bundle-gpu.ts makes one file of:
// node adjoint-gpu.mjs step|kernels [the options of the benchmark]. Engines are this file again, as `host`, and PyTorch.
import { fileURLToPath } from "node:url";
import { create as kernel } from "../adjoint/webgpu-kernel.ts";
import { create as trainStep } from "../adjoint/webgpu-train-step.ts";
import { startChild } from "../engine/child.ts";
import type { Create } from "../engine/engine.ts";
import type { EngineEntry } from "../engine/registry.ts";
import { serveEngine } from "../engine/serve-engine.ts";
import { cudaEngines } from "../engine/torch.ts";
import { kernelsNamed } from "../model/kernels.ts";
import { report } from "../report/report.ts";
import { gpuTrainingRows } from "../run/gpu-training-rows.ts";
import { kernelRows } from "../run/kernel-rows.ts";
import { type GpuOptions, readGpuOptions } from "../run/options.ts";
import { stepTask } from "../run/step-task.ts";

const [mode, ...rest] = process.argv.slice(2);

/** Either kind of task in one engine. */
const create: Create = (task, variant) =>
  task.kind === "kernel" ? kernel(task, variant) : trainStep(task, variant);

const own: EngineEntry = {
  name: "adjoint-webgpu/node",
  countsGpu: true,
  start: (task, { counting = false } = {}) =>
    startChild("adjoint-webgpu/node", process.execPath, [
      fileURLToPath(import.meta.url),
      "host",
      "webgpu",
      JSON.stringify(task),
      ...(counting ? ["counting"] : []),
    ]),
};

const entriesOf = ({ engine }: GpuOptions): readonly EngineEntry[] => {
  const all = [own, ...cudaEngines];
  if (engine === "webgpu") return all;
  const names = engine.split(",");
  return all.filter(({ name }) => names.includes(name));
};

const step = async (): Promise<void> => {
  const options = readGpuOptions({ config: "small" }, rest);
  const base = { bench: "webgpu-step", config: options.config };
  const task = stepTask(options);
  const rows = await gpuTrainingRows(base, entriesOf(options), task, options.rounds);
  report(`webgpu-step, ${options.config}: ${JSON.stringify(task.config)}`, rows, options.json);
};

const kernels = async (): Promise<void> => {
  const options = readGpuOptions({ config: "mid", rounds: 3 }, rest);
  const cases = kernelsNamed(options.config, options.kernels, options.size);
  const base = { bench: "webgpu-kernels", config: options.config };
  const rows = await kernelRows(base, entriesOf(options), cases, options.rounds);
  report(`webgpu-kernels, ${options.config}, float32`, rows, options.json);
};

if (mode === "host") await serveEngine(() => Promise.resolve(create), rest);
else if (mode === "step") await step();
else if (mode === "kernels") await kernels();
else {
  console.error("usage: step|kernels [options]");
  process.exitCode = 2;
}
