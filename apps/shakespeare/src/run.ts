import { parameterCount } from "@adjoint/nn";
import { checkpointPath } from "./checkpoint.ts";
import type { Options } from "./options.ts";
import { describeEnd, describeStop, resultLine, validate, writeSample } from "./report.ts";
import { openSession, type Session } from "./session.ts";
import { firstState, tokensPerStep, type Trained, trainModel } from "./train-model.ts";

const describe = (
  { options, corpus, config, engine }: Session,
  { state, step }: Trained,
): string => {
  const length = corpus.train.length + corpus.validation.length;
  const count = parameterCount(state.params).toLocaleString("en-US");
  const shape = `${config.nLayer} layers, ${config.nHead} heads, ${config.nEmbd} wide`;
  const resumed = step === 0 ? "" : `, resumed at step ${step.toLocaleString("en-US")}`;
  return [
    `Text        ${length.toLocaleString("en-US")} characters, ${corpus.tokenizer.vocabSize} different`,
    `Model       GPT with ${count} parameters: ${shape}`,
    `Engine      ${engine}`,
    `Checkpoint  ${checkpointPath(options.out)}${resumed}`,
    "",
  ].join("\n");
};

const secondsSince = (start: number): number => (performance.now() - start) / 1000;

/**
 * The whole job: trains (or goes on), saves, evaluates, writes a sample and prints the result. The signal saves and
 * stops. `onTrained` is called when there is nothing left to save.
 */
export const runShakespeare = async (
  options: Options,
  signal: AbortSignal,
  onTrained: () => void,
): Promise<void> => {
  const session = await openSession(options);
  const started = performance.now();
  const first = await firstState(session);
  console.log(describe(session, first));
  const { state, step } = await trainModel(session, first, signal);
  onTrained();
  if (step < options.iterations) return describeStop(session, step);
  const tokensPerSecond = ((step - first.step) * tokensPerStep) / secondsSince(started);
  const valLoss = await validate(session, state.params);
  const seconds = secondsSince(started);
  await writeSample(session, state.params);
  describeEnd(session);
  console.log(resultLine(state.params, { valLoss, seconds, tokensPerSecond }));
};
