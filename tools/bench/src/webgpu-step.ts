// One GPT training step on WebGPU: forward, backward, clip, AdamW, every engine on the same adapter. A step ends when its
// loss has been read back. Counts come from pages of their own, after the timings.
// npm run bench -- webgpu-step [--config tiny|small|mid|gpt2|NAME-forward] [--engine NAME,...] [--rounds 5] [--json]
//   [--batch N] [--block N]
import { openGpuBrowser } from "./engine/browser.ts";
import type { TrainingPart } from "./engine/engine.ts";
import { type EngineEntry, selectEngines } from "./engine/registry.ts";
import { configNamed } from "./model/gpt.ts";
import { firstLine } from "./report/first-line.ts";
import { report, type Row } from "./report/report.ts";
import { countedColumns } from "./run/gpu-counts.ts";
import { measureAll, type Result } from "./run/measure-all.ts";
import { readGpuOptions } from "./run/options.ts";
import { ms } from "./run/training-rows.ts";

const options = readGpuOptions({ config: "small", engine: "webgpu" });
const part: TrainingPart = options.config.endsWith("-forward") ? "loss" : "step";
const named = configNamed(options.config.replace(/-forward$/, ""));
const config = { ...named, ...options.size };
const entries = selectEngines(options.engine);

const timedColumns = (result: Extract<Result, { samples: object }>): Row => {
  const { seconds, fastest, firstSeconds, checkLoss } = result.samples;
  return {
    msPerStep: ms(seconds),
    fastestMs: ms(fastest),
    tokensPerSecond: Math.round((config.batch * config.block) / seconds),
    compileMs: ms(firstSeconds - seconds),
    loss3: checkLoss,
  };
};

const columns = async (entry: EngineEntry, result: Result): Promise<Row> => {
  if (!("samples" in result)) return result;
  const counted = await countedColumns(entry, config, part).catch((error: unknown) => ({
    note: `not counted: ${firstLine(error)}`,
  }));
  return { ...timedColumns(result), ...counted };
};

const measured = async (adapter: string): Promise<Row[]> => {
  const results = await measureAll({ kind: "train-step", config, part }, entries, options.rounds);
  const rows: Row[] = [];
  for (const [i, entry] of entries.entries()) {
    const result = results[i]?.result ?? { failed: "no result" };
    const base = { bench: "webgpu-step", config: options.config, engine: entry.name, adapter };
    rows.push({ ...base, ...(await columns(entry, result)) });
  }
  return rows;
};

const browser = await openGpuBrowser();
try {
  const { adapter } = browser;
  if (adapter === undefined) {
    const absent = { absent: true, reason: "Chromium has no WebGPU adapter here" };
    const rows = entries.map(({ name }) => ({ bench: "webgpu-step", engine: name, ...absent }));
    report("webgpu-step", rows, options.json);
  } else if (adapter.isSoftware && options.config.startsWith("gpt2") && options.engine === "webgpu")
    throw new Error(
      `gpt2 is for real GPUs, this is ${adapter.name}: name engines to run it anyway`,
    );
  else {
    const title = `webgpu-step, ${options.config}, ${adapter.name}: ${JSON.stringify(config)}`;
    report(title, await measured(adapter.name), options.json);
  }
} finally {
  await browser.end();
}
