// From nothing to the first finished step of a model with twelve blocks: tracing, compiling, running once.
// npm run bench -- compile-time [--engine NAME,...] [--rounds 3] [--json]
import { selectEngines } from "./engine/registry.ts";
import { configNamed } from "./model/gpt.ts";
import { median } from "./report/median.ts";
import { report, type Row } from "./report/report.ts";
import { readOptions } from "./run/options.ts";
import { startSession } from "./run/start-sessions.ts";
import { ms } from "./run/training-rows.ts";

const options = readOptions({
  config: "deep",
  engine: "adjoint-onnx-scan,adjoint-onnx,torch-compile,jax-js",
  rounds: 3,
});
const config = configNamed(options.config);
const task = { kind: "train-step", config } as const;

const measure = async (entry: ReturnType<typeof selectEngines>[number]): Promise<Row> => {
  const compile: number[] = [];
  const later: number[] = [];
  for (let round = 0; round < options.rounds; round++) {
    const started = await startSession(entry, task);
    if (!("session" in started))
      return "absent" in started
        ? { absent: true, reason: started.absent }
        : { failed: started.failed };
    const { session } = started;
    const first = await session.run(1);
    later.push((await session.run(1)).seconds);
    compile.push(session.prepareSeconds + first.seconds);
    await session.end();
  }
  return {
    firstStepMs: ms(median(compile)),
    nextStepMs: ms(median(later)),
    compileMs: ms(median(compile) - median(later)),
  };
};

const rows: Row[] = [];
for (const entry of selectEngines(options.engine)) {
  rows.push({
    bench: "compile-time",
    config: options.config,
    engine: entry.name,
    ...(await measure(entry)),
  });
}
report(`compile-time: ${JSON.stringify(config)}`, rows, options.json);
