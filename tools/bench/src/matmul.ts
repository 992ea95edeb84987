// Square float32 matrix products, GFLOP/s.
// npm run bench -- matmul [--config 256,512,1024] [--engine default|wasm|NAME,...] [--rounds 5] [--json]
import { selectEngines } from "./engine/registry.ts";
import { report, type Row } from "./report/report.ts";
import { readOptions } from "./run/options.ts";
import { measureAll } from "./run/measure-all.ts";

const options = readOptions({ config: "256,512,1024" });
const rows: Row[] = [];
for (const size of options.config.split(",").map(Number)) {
  const measured = await measureAll(
    { kind: "matmul", size },
    selectEngines(options.engine),
    options.rounds,
  );
  for (const { name, result } of measured) {
    const base = { bench: "matmul", config: String(size), engine: name, size };
    if ("samples" in result) {
      const { seconds, fastest } = result.samples;
      const gflops = (each: number): number =>
        Number(((2 * size ** 3) / each / 1e9).toPrecision(4));
      rows.push({
        ...base,
        ms: seconds * 1000,
        gflops: gflops(seconds),
        bestGflops: gflops(fastest),
      });
    } else rows.push({ ...base, ...result });
  }
}
report("matmul, float32", rows, options.json);
