// Runs the pipeline and kills its own process, as a power cut would, at the progress report that it is given:
// node killed-pipeline.ts CORPUS OUT STAGE NUMBER
import { runPipeline } from "../../src/corpus-to-tokens/run-pipeline.ts";
import { pipelineOptions } from "./pipeline-options.ts";

const [corpus = "", out = "", at = "", number = "0"] = process.argv.slice(2);
let seen = 0;
await runPipeline(pipelineOptions(corpus, out), {
  onProgress: ({ stage }) => {
    if (stage === at && ++seen === Number(number)) process.kill(process.pid, "SIGKILL");
  },
});
