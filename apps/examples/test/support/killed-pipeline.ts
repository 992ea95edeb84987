// Runs the pipeline and kills its own process, as a power cut would, at the progress report that it is given:
// node killed-pipeline.ts CORPUS OUT STAGE NUMBER
import { runPipeline } from "../../src/corpus-to-tokens/run-pipeline.ts";
import { pipelineOptions } from "./pipeline-options.ts";

const [corpus = "", out = "", at = "", number = "0"] = process.argv.slice(2);
let seen = 0;
await runPipeline(pipelineOptions(corpus, out), {
  onProgress: ({ stage }) => {
    if (stage !== at || ++seen !== Number(number)) return;
    process.kill(process.pid, "SIGKILL");
    // the signal may take a moment, in which nothing more must be done
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 30_000);
  },
});
