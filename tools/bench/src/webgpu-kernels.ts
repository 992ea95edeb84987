// Single kernels on WebGPU, every engine on the same adapter. Calls are queued eight at a time; the last one's first
// element is read back. The shapes are those of a configuration's model, and square matrix products.
// npm run bench -- webgpu-kernels [--config mid|small|gpt2] [--kernel NAME,...] [--engine NAME,...] [--where browser|node]
//   [--rounds 3] [--batch N] [--block N] [--json]
import { selectEngines } from "./engine/registry.ts";
import { kernelsNamed } from "./model/kernels.ts";
import { report } from "./report/report.ts";
import { onAdapter } from "./run/on-adapter.ts";
import { kernelRows } from "./run/kernel-rows.ts";
import { readGpuOptions } from "./run/options.ts";

const options = readGpuOptions({ config: "mid", rounds: 3 });
const kernels = kernelsNamed(options.config, options.kernels, options.size);
const entries = selectEngines(options.engine);

await onAdapter("webgpu-kernels", options, entries, async (adapter) => {
  const base = { bench: "webgpu-kernels", config: options.config, adapter };
  const rows = await kernelRows(base, entries, kernels, options.rounds);
  report(`webgpu-kernels, ${options.config}, ${adapter}, float32`, rows, options.json);
});
