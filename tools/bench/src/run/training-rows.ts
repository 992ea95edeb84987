import type { Task } from "../engine/engine.ts";
import type { EngineEntry } from "../engine/registry.ts";
import type { Row } from "../report/report.ts";
import { measureAll, type Result } from "./measure-all.ts";

type Training = Extract<Task, { kind: "train-step" }>;

/** A training benchmark: its name, the configuration's name and the work. */
export interface TrainingBench {
  readonly bench: string;
  readonly config: string;
  readonly task: Training;
}

/** Milliseconds with five significant digits. */
export const ms = (seconds: number): number => Number((seconds * 1000).toPrecision(5));

const numbers = (result: Extract<Result, { samples: object }>, tokens: number): Row => {
  const { samples, prepareSeconds, footprint } = result;
  const { seconds, fastest, firstSeconds, checkLoss, engineSeconds } = samples;
  return {
    msPerStep: ms(seconds),
    fastestMs: ms(fastest),
    tokensPerSecond: Math.round(tokens / seconds),
    loss3: checkLoss,
    firstStepMs: ms(prepareSeconds + firstSeconds),
    hostMs: engineSeconds === undefined ? undefined : ms(seconds - engineSeconds),
    peakBytes: footprint?.peakBytes,
  };
};

/** Runs a training task on every engine and gives one row each, in the order asked. */
export const trainingRows = async (
  { bench, config, task }: TrainingBench,
  entries: readonly EngineEntry[],
  rounds: number,
): Promise<Row[]> => {
  const tokens = task.config.batch * task.config.block;
  const measured = await measureAll(task, entries, rounds);
  return measured.map(({ name, result }) => ({
    bench,
    config,
    engine: name,
    ...("samples" in result ? numbers(result, tokens) : result),
  }));
};
