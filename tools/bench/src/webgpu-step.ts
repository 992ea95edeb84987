// One GPT training step on WebGPU: forward, backward, clip, AdamW, every engine on the same adapter. A step ends when its
// loss has been read back. Counts come from sessions of their own, after the timings.
// npm run bench -- webgpu-step [--config tiny|small|mid|gpt2|NAME-forward] [--engine NAME,...] [--where browser|node]
//   [--rounds 5] [--batch N] [--block N] [--json]
import { selectEngines } from "./engine/registry.ts";
import { report } from "./report/report.ts";
import { gpuTrainingRows } from "./run/gpu-training-rows.ts";
import { onAdapter } from "./run/on-adapter.ts";
import { readGpuOptions } from "./run/options.ts";
import { stepTask } from "./run/step-task.ts";

const options = readGpuOptions({ config: "small" });
const task = stepTask(options);
const entries = selectEngines(options.engine);

await onAdapter("webgpu-step", options, entries, async (adapter) => {
  const base = { bench: "webgpu-step", config: options.config, adapter };
  const rows = await gpuTrainingRows(base, entries, task, options.rounds);
  const where = `${options.config}, ${adapter ?? "node"}`;
  report(`webgpu-step, ${where}: ${JSON.stringify(task.config)}`, rows, options.json);
});
