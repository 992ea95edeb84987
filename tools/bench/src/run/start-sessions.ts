import type { Session, Task } from "../engine/engine.ts";
import type { EngineEntry } from "../engine/registry.ts";

/** An engine that runs, or the reason why it does not. */
export type Started =
  | { readonly name: string; readonly session: Session }
  | { readonly name: string; readonly absent: string }
  | { readonly name: string; readonly failed: string };

/** The first line of an error: the rest is on stderr. */
const reason = (error: unknown): string => {
  console.error(error);
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n")[0]?.slice(0, 100) ?? "";
};

/** Starts one engine; an absent or broken one is a result, not the end of the benchmark. */
export const startSession = async (entry: EngineEntry, task: Task): Promise<Started> => {
  const { name } = entry;
  const absent = entry.absent?.();
  if (absent !== undefined) return { name, absent };
  console.error(`starting ${name} ...`);
  try {
    return { name, session: await entry.start(task) };
  } catch (error) {
    return { name, failed: reason(error) };
  }
};

/** Starts the engines one after the other. */
export const startSessions = async (entries: readonly EngineEntry[], task: Task): Promise<Started[]> => {
  const started: Started[] = [];
  for (const entry of entries) started.push(await startSession(entry, task));
  return started;
};
