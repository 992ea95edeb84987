import { availableParallelism } from "node:os";
import { createOnnxBackend } from "@adjoint/backend-onnx";
import { referenceBackend, setBackend } from "@adjoint/core";
import { key } from "@adjoint/core/random";
import { gpt, type GptConfig, type GptParams, parameterCount } from "@adjoint/nn";
import {
  disjointWindows,
  evaluateLoss,
  generate,
  sampleWindows,
  train,
  type TrainState,
} from "@adjoint/recipes";
import { charTokenizerToJson } from "@adjoint/tokenizers";
import {
  checkpointPath,
  keepEarlierRun,
  loadRun,
  type RunIdentity,
  saveRun,
} from "./checkpoint.ts";
import { type Corpus, loadCorpus } from "./corpus.ts";
import type { Options } from "./options.ts";
import { showProgress } from "./progress.ts";
import { modelConfig, shakespeareRecipe, windows } from "./setup.ts";

const tokensPerStep = windows.batchSize * windows.blockSize;

/** Steps between checkpoints. */
const saveEvery = 250;

/** Steps between looks at the loss. */
const lookEvery = 10;

const chooseBackend = async ({ backend, threads }: Options): Promise<string> => {
  if (backend === "reference") return "plain TypeScript";
  const count = threads === 0 ? availableParallelism() : threads;
  setBackend(await createOnnxBackend({ threads: count }));
  return `ONNX Runtime, ${count} thread${count === 1 ? "" : "s"}`;
};

const describe = (corpus: Corpus, config: GptConfig, params: GptParams, engine: string): string =>
  [
    `text    ${(corpus.train.length + corpus.validation.length).toLocaleString("en-US")} characters, ${corpus.tokenizer.vocabSize} different`,
    `model   GPT, ${config.nLayer} layers, ${config.nHead} heads, ${config.nEmbd} wide: ${parameterCount(params).toLocaleString("en-US")} parameters`,
    `engine  ${engine}`,
    "",
  ].join("\n");

const identityOf = (options: Options, corpus: Corpus, config: GptConfig): RunIdentity => ({
  text: corpus.digest,
  model: JSON.stringify(config),
  seed: String(options.seed),
  iterations: String(options.iterations),
  tokenizer: charTokenizerToJson(corpus.tokenizer),
});

type Run = {
  readonly options: Options;
  readonly corpus: Corpus;
  readonly config: GptConfig;
  readonly identity: RunIdentity;
  readonly signal: AbortSignal;
};

type Trained = {
  readonly state: TrainState<GptParams>;
  readonly step: number;
  readonly from: number;
};

const firstState = async ({ options, config, identity }: Run): Promise<TrainState<GptParams>> => {
  const fresh = shakespeareRecipe(config, options.iterations).init(
    gpt.init(key(options.seed), config),
  );
  if (options.resume) return loadRun(options.out, fresh, identity);
  const kept = await keepEarlierRun(options.out);
  if (kept !== undefined) console.log(`An earlier checkpoint is kept as ${kept}\n`);
  return fresh;
};

const trainModel = async (run: Run, initial: TrainState<GptParams>): Promise<Trained> => {
  const { options, corpus, config, identity, signal } = run;
  const from = Number(await initial.step.item());
  const dataKey = key(options.seed + 1);
  const progress = showProgress(from, options.iterations, tokensPerStep);
  let last: Trained = { state: initial, step: from, from };
  const events = train(shakespeareRecipe(config, options.iterations), initial, {
    from,
    steps: options.iterations,
    every: lookEvery,
    signal,
    batchAt: (step) => sampleWindows(corpus.train, dataKey, step, windows),
  });
  try {
    for await (const { step, loss, state } of events) {
      last = { state, step, from };
      progress.update(step, loss);
      if (step % saveEvery === 0 || step === options.iterations || signal.aborted)
        await saveRun(options.out, state, identity);
    }
  } finally {
    progress.stop();
  }
  return last;
};

const writeSample = async ({ options, corpus, config }: Run, params: GptParams): Promise<void> => {
  console.log(`\n--- a sample at temperature 0.8 ${"-".repeat(40)}`);
  const model = (p: GptParams, tokens: Parameters<typeof gpt.apply>[1]) =>
    gpt.apply(p, tokens, config);
  const sampling = {
    key: key(options.seed + 2),
    blockSize: config.blockSize,
    maxNewTokens: options.samples,
    temperature: 0.8,
  };
  for await (const { token } of generate(model, params, corpus.tokenizer.encode("\n"), sampling))
    process.stdout.write(corpus.tokenizer.decode([token]));
  console.log(`\n${"-".repeat(72)}\n`);
};

const report = async (run: Run, trained: Trained, started: number): Promise<void> => {
  const { options, corpus, config } = run;
  const trainSeconds = (performance.now() - started) / 1000;
  const recipe = shakespeareRecipe(config, options.iterations);
  const { params } = trained.state;
  const evaluation = { batchSize: 64, blockSize: config.blockSize };
  const valLoss = await evaluateLoss(
    (batch) => recipe.evaluate(params, batch),
    disjointWindows(corpus.validation, evaluation),
  );
  const seconds = (performance.now() - started) / 1000;
  console.log(
    `\nvalidation loss ${valLoss.toFixed(4)} nats a character over all ${corpus.validation.length.toLocaleString("en-US")} characters`,
  );
  if (options.samples > 0) await writeSample(run, params);
  const again = options.out === "out/shakespeare" ? "" : ` --out ${options.out}`;
  console.log(`Checkpoint: ${checkpointPath(options.out)}`);
  console.log(
    `Sample again: npm start -- --resume${again}   (training is done, so it only evaluates and writes)`,
  );
  console.log(
    `Train longer: npm start -- --iterations ${options.iterations * 2}${again}   (the learning rate follows the length of the run)\n`,
  );
  const tokens = (trained.step - trained.from) * tokensPerStep;
  const result = {
    valLoss: Number(valLoss.toFixed(4)),
    seconds: Number(seconds.toFixed(1)),
    tokensPerSecond: Math.round(tokens / trainSeconds),
    params: parameterCount(params),
  };
  console.log(`result ${JSON.stringify(result)}`);
};

/** The whole job: trains (or goes on), saves, evaluates, writes a sample and prints the result. */
export const runShakespeare = async (options: Options, signal: AbortSignal): Promise<void> => {
  const engine = await chooseBackend(options);
  const corpus = await loadCorpus(options.data);
  const config = modelConfig(corpus.tokenizer.vocabSize);
  const run: Run = {
    options,
    corpus,
    config,
    identity: identityOf(options, corpus, config),
    signal,
  };
  const started = performance.now();
  const state = await firstState(run);
  console.log(describe(corpus, config, state.params, engine));
  const trained = await trainModel(run, state);
  if (trained.step < options.iterations) {
    console.log(
      `\nStopped after ${trained.step} of ${options.iterations} steps; everything is saved in ${checkpointPath(options.out)}`,
    );
    console.log("Go on with: npm start -- --resume");
    return;
  }
  await report(run, trained, started);
};
