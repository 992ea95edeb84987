import { openGpuBrowser } from "../engine/browser.ts";
import type { EngineEntry } from "../engine/registry.ts";
import { report } from "../report/report.ts";
import type { GpuOptions } from "./options.ts";

/**
 * Runs a benchmark on the adapter that Chromium has, or in Node, where each engine names its own. Without an adapter every
 * engine is reported absent. gpt2 needs a real GPU, unless engines were asked for by name.
 */
export const onAdapter = async (
  bench: string,
  { where, config, engine, json }: GpuOptions,
  entries: readonly EngineEntry[],
  work: (adapter: string | undefined) => Promise<void>,
): Promise<void> => {
  if (where === "node") return work(undefined);
  const { adapter, end } = await openGpuBrowser();
  try {
    if (adapter === undefined) {
      const absent = { absent: true, reason: "Chromium has no WebGPU adapter here" };
      const rows = entries.map(({ name }) => ({ bench, engine: name, ...absent }));
      report(bench, rows, json);
      return;
    }
    if (adapter.isSoftware && config.startsWith("gpt2") && engine === "webgpu")
      throw new Error(
        `gpt2 is for real GPUs, and this is ${adapter.name}; --engine runs it anyway`,
      );
    await work(adapter.name);
  } finally {
    await end();
  }
};
