import { key } from "@adjoint/core/random";
import { gpt, type GptParams, parameterCount } from "@adjoint/nn";
import { disjointWindows, evaluateLoss, generate, type LogitsFunction } from "@adjoint/recipes";
import { checkpointPath } from "./checkpoint.ts";
import { commandOf } from "./options.ts";
import type { Session } from "./session.ts";
import { shakespeareRecipe } from "./setup.ts";

const temperature = 0.8;
const width = 72;
const rule = (title: string): string =>
  `── ${title} ${"─".repeat(Math.max(0, width - title.length - 4))}`;
const grouped = (n: number): string => n.toLocaleString("en-US");

/** Loss over the whole validation part, in a few large batches. */
export const validate = async (
  { options, corpus, config, precision }: Session,
  params: GptParams,
): Promise<number> => {
  const recipe = shakespeareRecipe(config, options.iterations, precision);
  const batches = disjointWindows(corpus.validation, {
    batchSize: 32,
    blockSize: config.blockSize,
  });
  const length = grouped(corpus.validation.length);
  console.log(`\nEvaluating all ${length} characters of the validation part ...`);
  const loss = await evaluateLoss((batch) => recipe.evaluate(params, batch), batches);
  console.log(`Validation loss ${loss.toFixed(4)}\n`);
  return loss;
};

/** Writes text as the model would. */
export const writeSample = async (
  { options, corpus, config }: Session,
  params: GptParams,
): Promise<void> => {
  const { seed, samples } = options;
  if (samples === 0) return;
  console.log(rule(`a sample, temperature ${temperature}`));
  const model: LogitsFunction<GptParams> = (p, tokens) => gpt.apply(p, tokens, config);
  const { blockSize } = config;
  const sampling = { key: key(seed + 2), blockSize, maxNewTokens: samples, temperature };
  const { tokenizer } = corpus;
  const prompt = tokenizer.vocab.includes("\n") ? "\n" : (tokenizer.vocab[0] ?? "");
  for await (const { token } of generate(model, params, tokenizer.encode(prompt), sampling))
    process.stdout.write(tokenizer.decode([token]));
  console.log(`\n${"─".repeat(width)}\n`);
};

/** Says where the checkpoint is and how to go on from a run that is done. */
export const describeEnd = ({ options }: Session): void => {
  const longer = { ...options, resume: false, iterations: options.iterations * 2 };
  console.log(`Checkpoint    ${checkpointPath(options.out)}`);
  console.log(`Sample again  ${commandOf({ ...options, resume: true })}`);
  console.log(`Train longer  ${commandOf(longer)}   (anew)\n`);
};

/** Says how to go on with a run that was stopped. */
export const describeStop = ({ options }: Session, step: number): void => {
  const done = `${grouped(step)} of ${grouped(options.iterations)} steps`;
  console.log(`\nStopped after ${done}; all of it is saved.\n`);
  console.log(`Checkpoint  ${checkpointPath(options.out)}`);
  console.log(`Go on       ${commandOf({ ...options, resume: true })}`);
};

/** The line for programs that read the output. */
export const resultLine = (
  params: GptParams,
  numbers: { readonly valLoss: number; readonly seconds: number; readonly tokensPerSecond: number },
): string => {
  const result = {
    valLoss: Number(numbers.valLoss.toFixed(4)),
    seconds: Number(numbers.seconds.toFixed(1)),
    tokensPerSecond: Math.round(numbers.tokensPerSecond),
    params: parameterCount(params),
  };
  return `result ${JSON.stringify(result)}`;
};
