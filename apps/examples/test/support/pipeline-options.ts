import type { PipelineOptions } from "../../src/corpus-to-tokens/pipeline-options.ts";

/** A small run that saves often. */
export const pipelineOptions = (corpus: string, out: string): PipelineOptions => ({
  corpus,
  out,
  glob: ["**"],
  field: "text",
  languages: ["en"],
  vocabSize: 400,
  validationEvery: 5,
  saveEvery: 3,
  metadata: { licence: "CC0" },
});
