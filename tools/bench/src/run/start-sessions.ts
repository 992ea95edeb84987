import type { Session, Task } from "../engine/engine.ts";
import type { EngineEntry, StartOptions } from "../engine/registry.ts";
import { firstLine } from "../report/first-line.ts";

/** An engine that runs, or the reason why it does not. */
export type Started =
  | { readonly name: string; readonly session: Session }
  | { readonly name: string; readonly absent: string }
  | { readonly name: string; readonly failed: string };

/** Starts one engine; an absent or broken one is a result, not the end of the benchmark. */
export const startSession = async (
  entry: EngineEntry,
  task: Task,
  options: StartOptions = {},
): Promise<Started> => {
  const { name } = entry;
  const absent = entry.absent?.(task);
  if (absent !== undefined) return { name, absent };
  console.error(`starting ${name} ...`);
  try {
    return { name, session: await entry.start(task, options) };
  } catch (error) {
    console.error(error);
    return { name, failed: firstLine(error) };
  }
};

/** Starts the engines one after the other. */
export const startSessions = async (
  entries: readonly EngineEntry[],
  task: Task,
): Promise<Started[]> => {
  const started: Started[] = [];
  for (const entry of entries) started.push(await startSession(entry, task));
  return started;
};
