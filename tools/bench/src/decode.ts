// Tokens a second of a Llama with a cache, batch 1, greedy, a prompt of 64 and 128 new tokens, beside transformers' generate.
// npm run bench -- decode [--config 12x384,6x512,12x768] [--engine adjoint-onnx,torch] [--rounds 5] [--json]
import { selectEngines } from "./engine/registry.ts";
import { decodeCase } from "./model/decode.ts";
import { report, type Row } from "./report/report.ts";
import { measureAll } from "./run/measure-all.ts";
import { readOptions } from "./run/options.ts";

const options = readOptions({ config: "12x384,6x512", engine: "adjoint-onnx,torch" });
const engines = selectEngines(options.engine);
const rows: Row[] = [];
for (const config of options.config.split(",")) {
  const work = decodeCase(config);
  const measured = await measureAll({ kind: "decode", case: work }, engines, options.rounds);
  const torch = measured.find(({ name }) => name === "torch")?.result;
  const rate = (seconds: number): number => Number((work.newTokens / seconds).toPrecision(4));
  for (const { name, result } of measured) {
    const base = { bench: "decode", config, size: config, engine: name };
    if (!("samples" in result)) rows.push({ ...base, ...result });
    else
      rows.push({
        ...base,
        tokensPerSecond: rate(result.samples.seconds),
        fastest: rate(result.samples.fastest),
        firstMs: 1000 * (result.prepareSeconds + result.samples.firstSeconds),
        tokenSum: result.samples.checkLoss,
        peakBytes: result.footprint?.peakBytes,
        timesTorch:
          name.startsWith("adjoint") && torch !== undefined && "samples" in torch
            ? Number((torch.samples.seconds / result.samples.seconds).toPrecision(3))
            : undefined,
      });
  }
}
report("decoding a Llama with a cache, tokens a second, float32", rows, options.json);
