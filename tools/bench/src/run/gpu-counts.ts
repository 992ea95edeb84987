import type { Session, Task, TrainingPart } from "../engine/engine.ts";
import type { GpuCounts } from "../engine/gpu-counter.ts";
import type { EngineEntry } from "../engine/registry.ts";
import type { GptConfig } from "../model/gpt.ts";
import type { Row } from "../report/report.ts";
import { startSession } from "./start-sessions.ts";

/** What one repetition asks of WebGPU once everything is compiled. */
export interface StepCounts {
  readonly dispatches: number;
  readonly submits: number;
  /** Of the whole session so far. */
  readonly pipelines: number;
  readonly peakBytes: number;
}

const difference = (before: GpuCounts, after: GpuCounts): StepCounts => ({
  dispatches: after.dispatches - before.dispatches,
  submits: after.submits - before.submits,
  pipelines: after.pipelines,
  peakBytes: after.peakBytes,
});

const countStep = async (session: Session): Promise<StepCounts | undefined> => {
  const { gpu: before } = await session.run(2); // the first compiles, the second fills caches
  const { gpu: after } = await session.run(1);
  return before === undefined || after === undefined ? undefined : difference(before, after);
};

/** Counts one repetition of a task in a session of its own; undefined where the engine did not run or cannot count. */
export const gpuCounts = async (
  entry: EngineEntry,
  task: Task,
): Promise<StepCounts | undefined> => {
  const started = await startSession(entry, task, { counting: true });
  if (!("session" in started)) return undefined;
  try {
    return await countStep(started.session);
  } finally {
    await started.session.end().catch(() => undefined);
  }
};

/**
 * Dispatches of one transformer block, forward and backward (forward alone for the loss): what a model of two blocks
 * takes more than a model of one, without clipping and optimizer. Whatever both have (embedding, head, loss) drops out.
 */
const blockDispatches = async (
  entry: EngineEntry,
  config: GptConfig,
  part: TrainingPart,
): Promise<number | undefined> => {
  const counts: number[] = [];
  for (const layers of [1, 2]) {
    const task = { kind: "train-step", config: { ...config, layers }, part } as const;
    const count = await gpuCounts(entry, task);
    if (count === undefined) return undefined;
    counts.push(count.dispatches);
  }
  const [one = Number.NaN, two = Number.NaN] = counts;
  return two - one;
};

/** The counted columns of one engine's row. */
export const countedColumns = async (
  entry: EngineEntry,
  config: GptConfig,
  part: TrainingPart,
): Promise<Row> => {
  const step = await gpuCounts(entry, { kind: "train-step", config, part });
  if (step === undefined) return {};
  const block = await blockDispatches(entry, config, part === "loss" ? "loss" : "gradients");
  return {
    dispatchesPerStep: step.dispatches,
    dispatchesPerBlock: block,
    submitsPerStep: step.submits,
    pipelines: step.pipelines,
    peakBytes: step.peakBytes,
  };
};
