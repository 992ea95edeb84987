import { availableParallelism } from "node:os";
import { createOnnxBackend } from "@adjoint/backend-onnx";
import { setBackend } from "@adjoint/core";
import { type GptConfig } from "@adjoint/nn";
import { type MixedPrecision, mixedPrecision } from "@adjoint/recipes";
import { charTokenizerToJson } from "@adjoint/tokenizers";
import type { RunIdentity } from "./checkpoint.ts";
import { type Corpus, loadCorpus } from "./corpus.ts";
import type { Options } from "./options.ts";
import { modelConfig } from "./setup.ts";

/** Everything a run is made of. */
export type Session = {
  readonly options: Options;
  readonly corpus: Corpus;
  readonly config: GptConfig;
  readonly identity: RunIdentity;
  /** What is computed in half precision; undefined for a run in float32. */
  readonly precision: MixedPrecision | undefined;
  /** What computes, in words. */
  readonly engine: string;
};

const chooseBackend = async ({ backend, threads }: Options): Promise<string> => {
  if (backend === "reference") return "plain TypeScript";
  const count = threads === 0 ? availableParallelism() : threads;
  setBackend(await createOnnxBackend({ threads: count }));
  return `ONNX Runtime on ${count} CPU thread${count === 1 ? "" : "s"}`;
};

/** Reads the text and starts the engine; throws RunError for a text that cannot be used. */
export const openSession = async (options: Options): Promise<Session> => {
  const corpus = await loadCorpus(options.data);
  const engine = await chooseBackend(options);
  const { precision: compute } = options;
  const config = modelConfig(corpus.tokenizer.vocabSize);
  const identity = {
    iterations: String(options.iterations),
    seed: String(options.seed),
    text: corpus.digest,
    model: JSON.stringify(config),
    tokenizer: charTokenizerToJson(corpus.tokenizer),
    ...(compute === "float32" ? {} : { precision: compute }),
  };
  const precision = compute === "float32" ? undefined : mixedPrecision({ compute });
  return { options, corpus, config, identity, precision, engine };
};
