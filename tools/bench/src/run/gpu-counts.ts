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

/** Counts one repetition; undefined where the engine cannot count. */
const countStep = async (session: Session): Promise<StepCounts | undefined> => {
  const { gpu: before } = await session.run(2); // the first compiles, the second fills caches
  const { gpu: after } = await session.run(1);
  return before === undefined || after === undefined ? undefined : difference(before, after);
};

/** What a second repetition in the same run adds: without the wait at the end of a run. */
export const countRepetition = async (session: Session): Promise<StepCounts | undefined> => {
  const warm = await session.run(2);
  const one = await session.run(1);
  const two = await session.run(2);
  if (warm.gpu === undefined || one.gpu === undefined || two.gpu === undefined) return undefined;
  const [single, double] = [difference(warm.gpu, one.gpu), difference(one.gpu, two.gpu)];
  const added = (name: "dispatches" | "submits"): number => double[name] - single[name];
  return { ...double, dispatches: added("dispatches"), submits: added("submits") };
};

/**
 * Dispatches of one transformer block, forward and backward (forward alone for the loss): what a model of two blocks
 * takes more than a model of one, without clipping and optimizer. Whatever both have (embedding, head, loss) drops out.
 */
const blockDispatches = async (
  session: Session,
  config: GptConfig,
  part: TrainingPart,
): Promise<number | undefined> => {
  const counts: number[] = [];
  for (const layers of [1, 2]) {
    await session.turnTo({ kind: "train-step", config: { ...config, layers }, part });
    const count = await countStep(session);
    if (count !== undefined) counts.push(count.dispatches);
  }
  const [one, two] = counts;
  return one === undefined || two === undefined ? undefined : two - one;
};

/** The counted columns of one engine's row, from a session of its own: counting does not touch the timings. */
export const countedColumns = async (
  entry: EngineEntry,
  task: Extract<Task, { kind: "train-step" }>,
): Promise<Row> => {
  const { config, part } = task;
  const started = await startSession(entry, task, { counting: true });
  if (!("session" in started)) return {};
  const { session } = started;
  try {
    const step = await countStep(session);
    if (step === undefined) return {};
    const block = await blockDispatches(session, config, part === "loss" ? "loss" : "gradients");
    return {
      dispatchesPerStep: step.dispatches,
      dispatchesPerBlock: block,
      submitsPerStep: step.submits,
      pipelines: step.pipelines,
      peakBytes: step.peakBytes,
    };
  } finally {
    await session.end().catch(() => undefined);
  }
};
