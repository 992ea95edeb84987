import { loadavg } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import type { Session, Timed } from "../engine/engine.ts";
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
  if (load > 0.5) console.error(`note: the machine is busy (load ${load.toFixed(1)}); timings will be off`);
};

interface Prepared {
  readonly session: Session;
  readonly first: Timed;
  readonly check: Timed;
  readonly count: number;
}

/** One repetition, then two more, which also tell how many fit in half a second. */
const prepare = async (session: Session): Promise<Prepared> => {
  const first = await session.run(1);
  const check = await session.run(2);
  const count = Math.max(1, Math.min(200, Math.round(1 / check.seconds)));
  return { session, first, check, count };
};

/**
 * Runs the engines in turn, a short burst each, `rounds` times, so that a busy minute of the machine falls on all alike.
 * Gives the medians in the order of `sessions`.
 */
export const roundRobin = async (sessions: readonly Session[], rounds: number): Promise<Samples[]> => {
  warnIfBusy();
  const prepared: Prepared[] = [];
  for (const session of sessions) {
    console.error(`warming up ${session.name} ...`);
    prepared.push(await prepare(session));
  }
  const runs: { each: number; engine: number | undefined }[][] = prepared.map(() => []);
  for (let round = 1; round <= rounds; round++) {
    console.error(`round ${round} of ${rounds}`);
    for (const [i, { session, count }] of prepared.entries()) {
      await sleep(200); // worker threads of the engine before stop spinning
      const timed = await session.run(count);
      const engine = timed.engineSeconds === undefined ? undefined : timed.engineSeconds / count;
      runs[i]?.push({ each: timed.seconds / count, engine });
    }
  }
  return prepared.map(({ first, check }, i) => {
    const mine = runs[i] ?? [];
    const own = mine.flatMap(({ engine }) => (engine === undefined ? [] : [engine]));
    return {
      firstSeconds: first.seconds,
      checkLoss: check.loss,
      seconds: median(mine.map(({ each }) => each)),
      fastest: Math.min(...mine.map(({ each }) => each)),
      engineSeconds: own.length === 0 ? undefined : median(own),
    };
  });
};
