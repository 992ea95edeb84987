// The highest resident memory of a process that takes twenty training steps, one engine at a time; `baseBytes` is the
// process with the library loaded and nothing made.
// npm run bench -- memory [--config small|mid] [--engine NAME,...] [--json]
import { type EngineEntry, selectEngines } from "./engine/registry.ts";
import { configNamed } from "./model/gpt.ts";
import { report, type Row } from "./report/report.ts";
import { readOptions } from "./run/options.ts";
import { startSession } from "./run/start-sessions.ts";

const options = readOptions({ config: "small", engine: "adjoint-onnx,torch,jax-js,tfjs-wasm" });
const config = configNamed(options.config);

const measure = async (entry: EngineEntry): Promise<Row> => {
  const started = await startSession(entry, { kind: "train-step", config });
  if ("absent" in started) return { absent: true, reason: started.absent };
  if ("failed" in started) return { failed: started.failed };
  await started.session.run(20);
  const footprint = await started.session.end();
  if (footprint === undefined) return { failed: "the engine cannot tell its memory" };
  return { ...footprint, workBytes: footprint.peakBytes - footprint.baseBytes };
};

const rows: Row[] = [];
for (const entry of selectEngines(options.engine)) {
  rows.push({
    bench: "memory",
    config: options.config,
    engine: entry.name,
    ...(await measure(entry)),
  });
}
report(`memory, ${options.config}: ${JSON.stringify(config)}`, rows, options.json);
