import type { Footprint, Task } from "../engine/engine.ts";
import type { EngineEntry } from "../engine/registry.ts";
import { roundRobin, type Samples } from "./round-robin.ts";
import { startSessions } from "./start-sessions.ts";

/** What one engine gave. */
export type Result =
  | {
      readonly samples: Samples;
      readonly prepareSeconds: number;
      readonly footprint: Footprint | undefined;
      readonly adapter: string | undefined;
    }
  | { readonly absent: true; readonly reason: string }
  | { readonly failed: string };

/** Starts every engine, measures them in turn and stops them; results in the order asked. */
export const measureAll = async (
  task: Task,
  entries: readonly EngineEntry[],
  rounds: number,
): Promise<{ name: string; result: Result }[]> => {
  const started = await startSessions(entries, task);
  const sessions = started.flatMap((s) => ("session" in s ? [s.session] : []));
  const outcomes = await roundRobin(sessions, rounds);
  const results = new Map<string, Result>();
  for (const [i, session] of sessions.entries()) {
    const outcome = outcomes[i] ?? { failed: "no samples" };
    // an engine that failed may be gone already
    const footprint = await session.end().catch(() => undefined);
    const { name, prepareSeconds, adapter } = session;
    results.set(
      name,
      "failed" in outcome ? outcome : { samples: outcome, prepareSeconds, footprint, adapter },
    );
  }
  return started.map((s) => {
    const { name } = s;
    if ("absent" in s) return { name, result: { absent: true, reason: s.absent } };
    if ("failed" in s) return { name, result: { failed: s.failed } };
    return { name, result: results.get(name) ?? { failed: "no samples" } };
  });
};
