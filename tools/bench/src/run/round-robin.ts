import { loadavg } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import type { Session, Timed } from "../engine/engine.ts";
import { firstLine } from "../report/first-line.ts";
import { median } from "../report/median.ts";

/** Repetition times of one engine. */
export interface Samples {
  /** The first repetition: compilation, warm-up. */
  readonly firstSeconds: number;
  /** Loss after three repetitions, for engines that have one. */
  readonly checkLoss: number | undefined;
  /** Median over the rounds of the mean seconds of one repetition. */
  readonly seconds: number;
  readonly fastest: number;
  /** The median of the engine's own part, where it says so. */
  readonly engineSeconds: number | undefined;
}

/** Multi-threaded engines suffer most from a busy machine: numbers taken on one are not worth keeping. */
const warnIfBusy = (): void => {
  const [load = 0] = loadavg();
  if (load > 0.5)
    console.error(`note: the machine is busy (load ${load.toFixed(1)}); timings will be off`);
};

/** How long an engine's bursts are and how long it rests before each, in seconds. */
export interface Pace {
  readonly burst: number;
  readonly rest: number;
}

const usual: Pace = { burst: 0.5, rest: 0.2 };

interface Prepared {
  readonly session: Session;
  readonly first: Timed;
  readonly check: Timed;
  readonly count: number;
  readonly runs: { readonly each: number; readonly engine: number | undefined }[];
}

/** A run that went wrong. */
export interface Failed {
  readonly failed: string;
}

/** One repetition, then two more, which also tell how many fit in a burst. */
const prepare = async (session: Session, { burst }: Pace): Promise<Prepared> => {
  console.error(`warming up ${session.name} ...`);
  const first = await session.run(1);
  const check = await session.run(2);
  const count = Math.max(1, Math.min(200, Math.round((2 * burst) / check.seconds)));
  return { session, first, check, count, runs: [] };
};

const measure = async ({ session, count, runs }: Prepared, { rest }: Pace): Promise<void> => {
  await sleep(1000 * rest); // worker threads of the engine before stop spinning
  const timed = await session.run(count);
  const engine = timed.engineSeconds === undefined ? undefined : timed.engineSeconds / count;
  runs.push({ each: timed.seconds / count, engine });
};

const summary = ({ first, check, runs }: Prepared): Samples => {
  const own = runs.flatMap(({ engine }) => (engine === undefined ? [] : [engine]));
  return {
    firstSeconds: first.seconds,
    checkLoss: check.loss,
    seconds: median(runs.map(({ each }) => each)),
    fastest: Math.min(...runs.map(({ each }) => each)),
    engineSeconds: own.length === 0 ? undefined : median(own),
  };
};

/**
 * Runs the engines in turn, a short burst each, `rounds` times, so that a busy minute of the machine falls on all alike.
 * Gives the medians, or what went wrong, in the order of `sessions`.
 */
export const roundRobin = async (
  sessions: readonly Session[],
  rounds: number,
  pace: Pace = usual,
): Promise<(Samples | Failed)[]> => {
  warnIfBusy();
  const failures = new Map<Session, Failed>();
  const guarded = async <T>(session: Session, work: () => Promise<T>): Promise<T | undefined> => {
    if (failures.has(session)) return undefined;
    try {
      return await work();
    } catch (error) {
      failures.set(session, { failed: firstLine(error) });
      return undefined;
    }
  };
  const prepared = new Map<Session, Prepared>();
  for (const session of sessions) {
    const ready = await guarded(session, () => prepare(session, pace));
    if (ready !== undefined) prepared.set(session, ready);
  }
  for (let round = 1; round <= rounds; round++) {
    console.error(`round ${round} of ${rounds}`);
    for (const [session, ready] of prepared) await guarded(session, () => measure(ready, pace));
  }
  return sessions.map((session) => {
    const ready = prepared.get(session);
    return (
      failures.get(session) ?? (ready === undefined ? { failed: "never ran" } : summary(ready))
    );
  });
};
