import type { Session, Task } from "../engine/engine.ts";
import type { EngineEntry } from "../engine/registry.ts";
import { firstLine } from "../report/first-line.ts";
import { type Pace, type Failed, roundRobin, type Samples } from "./round-robin.ts";
import { type Started, startSession } from "./start-sessions.ts";

/** One task on one engine. */
export type Cell = Samples | Failed | { readonly absent: true; readonly reason: string };

/** A session of an engine that turns from task to task; a task that fails leaves it for the next. */
export class TurningSession {
  readonly entry: EngineEntry;
  readonly #counting: boolean;
  #started: Started | undefined;

  constructor(entry: EngineEntry, counting: boolean) {
    this.entry = entry;
    this.#counting = counting;
  }

  /** The session, prepared for a task, or why there is none. */
  async at(task: Task): Promise<Session | Exclude<Cell, Samples>> {
    const reason = this.entry.absent?.(task);
    if (reason !== undefined) return { absent: true, reason };
    if (this.#started !== undefined && "session" in this.#started) {
      const { session } = this.#started;
      return session.turnTo(task).then(
        () => session,
        (error: unknown) => this.#failed(error),
      );
    }
    const started = await startSession(this.entry, task, { counting: this.#counting });
    if ("session" in started) this.#started = started;
    if ("absent" in started) return { absent: true, reason: started.absent };
    return "failed" in started ? { failed: started.failed } : started.session;
  }

  async end(): Promise<void> {
    if (this.#started !== undefined && "session" in this.#started)
      await this.#started.session.end().catch(() => undefined);
  }

  /** The process of an engine may be gone: the next task gets a new one. */
  #failed(error: unknown): Failed {
    this.#started = undefined;
    return { failed: firstLine(error) };
  }
}

/** Gives `work` a session of every engine, and ends them after it. */
export const withTurningSessions = async <T>(
  entries: readonly EngineEntry[],
  counting: boolean,
  work: (sessions: readonly TurningSession[]) => Promise<T>,
): Promise<T> => {
  const sessions = entries.map((entry) => new TurningSession(entry, counting));
  try {
    return await work(sessions);
  } finally {
    for (const session of sessions) await session.end();
  }
};

/** Times a task on all engines in turn. */
export const timeInTurn = async (
  turning: readonly TurningSession[],
  task: Task,
  rounds: number,
  pace?: Pace,
): Promise<Cell[]> => {
  const places: (Session | Exclude<Cell, Samples>)[] = [];
  for (const each of turning) places.push(await each.at(task));
  const sessions = places.flatMap((place) => ("run" in place ? [place] : []));
  const samples = await roundRobin(sessions, rounds, pace);
  return places.map((place) =>
    "run" in place ? (samples[sessions.indexOf(place)] ?? { failed: "no samples" }) : place,
  );
};
