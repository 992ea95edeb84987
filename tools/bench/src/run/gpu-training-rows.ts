import type { EngineEntry } from "../engine/registry.ts";
import type { Task } from "../engine/engine.ts";
import { firstLine } from "../report/first-line.ts";
import type { Row } from "../report/report.ts";
import { engineBase, type GpuBase } from "./gpu-base.ts";
import { countedColumns } from "./gpu-counts.ts";
import { measureAll, type Result } from "./measure-all.ts";
import { ms } from "./training-rows.ts";

type Training = Extract<Task, { kind: "train-step" }>;

const timedColumns = (result: Extract<Result, { samples: object }>, tokens: number): Row => {
  const { seconds, fastest, firstSeconds, checkLoss } = result.samples;
  return {
    ...(result.adapter === undefined ? {} : { adapter: result.adapter }),
    msPerStep: ms(seconds),
    fastestMs: ms(fastest),
    tokensPerSecond: Math.round(tokens / seconds),
    compileMs: ms(firstSeconds - seconds),
    loss3: checkLoss,
  };
};

const columns = async (entry: EngineEntry, task: Training, result: Result): Promise<Row> => {
  if (!("samples" in result)) return result;
  const timed = timedColumns(result, task.config.batch * task.config.block);
  if (!entry.countsGpu) return { ...timed, peakBytes: result.footprint?.peakBytes };
  const counted = await countedColumns(entry, task).catch((error: unknown) => ({
    note: `not counted: ${firstLine(error)}`,
  }));
  return { ...timed, ...counted };
};

/** Times a training task on every engine in turn, then counts what it asks of WebGPU; one row an engine. */
export const gpuTrainingRows = async (
  base: GpuBase,
  entries: readonly EngineEntry[],
  task: Training,
  rounds: number,
): Promise<Row[]> => {
  const results = await measureAll(task, entries, rounds);
  const rows: Row[] = [];
  for (const [i, entry] of entries.entries()) {
    const result = results[i]?.result ?? { failed: "no result" };
    rows.push({ ...engineBase(base, entry.name), ...(await columns(entry, task, result)) });
  }
  return rows;
};
