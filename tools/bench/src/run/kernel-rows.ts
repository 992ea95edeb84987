import type { Session } from "../engine/engine.ts";
import type { EngineEntry } from "../engine/registry.ts";
import { type KernelCase, sizeOf, workOf } from "../model/kernels.ts";
import { firstLine } from "../report/first-line.ts";
import type { Row } from "../report/report.ts";
import { engineBase, type GpuBase } from "./gpu-base.ts";
import { countRepetition } from "./gpu-counts.ts";
import { type Failed, roundRobin, type Samples } from "./round-robin.ts";
import { type Started, startSession } from "./start-sessions.ts";

/** One kernel on one engine. */
type Cell = Samples | Failed | { readonly absent: true; readonly reason: string };

const rate = (kernel: KernelCase, seconds: number): Row => {
  const work = workOf(kernel);
  const perSecond = (amount: number): number => Number((amount / seconds / 1e9).toPrecision(4));
  return "flops" in work
    ? { gflopsPerSecond: perSecond(work.flops) }
    : { gbPerSecond: perSecond(work.bytes) };
};

const columns = (kernel: KernelCase, cell: Cell): Row =>
  "seconds" in cell
    ? {
        ms: cell.seconds * 1000,
        fastestMs: cell.fastest * 1000,
        ...rate(kernel, cell.seconds),
        check: cell.checkLoss,
      }
    : { ...cell };

/** A session of an engine that turns from kernel to kernel; a kernel that fails leaves it for the next. */
class Bench {
  readonly entry: EngineEntry;
  readonly #counting: boolean;
  #started: Started | undefined;

  constructor(entry: EngineEntry, counting: boolean) {
    this.entry = entry;
    this.#counting = counting;
  }

  /** The session, prepared for a kernel, or why there is none. */
  async at(kernel: KernelCase): Promise<Session | Exclude<Cell, Samples>> {
    const task = { kind: "kernel", kernel } as const;
    const reason = this.entry.absent?.(task);
    if (reason !== undefined) return { absent: true, reason };
    if (this.#started !== undefined && "session" in this.#started) {
      const { session } = this.#started;
      return session.turnTo(task).then(
        () => session,
        (error: unknown) => ({ failed: firstLine(error) }),
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
}

const withBenches = async <T>(
  entries: readonly EngineEntry[],
  counting: boolean,
  work: (benches: readonly Bench[]) => Promise<T>,
): Promise<T> => {
  const benches = entries.map((entry) => new Bench(entry, counting));
  try {
    return await work(benches);
  } finally {
    for (const bench of benches) await bench.end();
  }
};

const timeOne = async (
  benches: readonly Bench[],
  kernel: KernelCase,
  rounds: number,
): Promise<Cell[]> => {
  const places: (Session | Exclude<Cell, Samples>)[] = [];
  for (const bench of benches) places.push(await bench.at(kernel));
  const sessions = places.flatMap((place) => ("run" in place ? [place] : []));
  const samples = await roundRobin(sessions, rounds);
  return places.map((place) =>
    "run" in place ? (samples[sessions.indexOf(place)] ?? { failed: "no samples" }) : place,
  );
};

const countOne = async (bench: Bench, kernel: KernelCase): Promise<Row> => {
  const session = await bench.at(kernel);
  if (!("run" in session)) return {};
  const counts = await countRepetition(session).catch(() => undefined);
  return counts === undefined ? {} : { dispatches: counts.dispatches, submits: counts.submits };
};

/** One row for each kernel and engine: all engines take turns at a kernel; counts come from sessions of their own. */
export const kernelRows = async (
  base: GpuBase,
  entries: readonly EngineEntry[],
  kernels: readonly KernelCase[],
  rounds: number,
): Promise<Row[]> => {
  const timed = await withBenches(entries, false, async (benches) => {
    const cells: Cell[][] = [];
    for (const kernel of kernels) {
      console.error(`${kernel.name} ${sizeOf(kernel)}`);
      cells.push(await timeOne(benches, kernel, rounds));
    }
    return cells;
  });
  const rows: Row[] = [];
  await withBenches(entries, true, async (benches) => {
    for (const [i, kernel] of kernels.entries()) {
      for (const [j, bench] of benches.entries()) {
        const cell = timed[i]?.[j] ?? { failed: "not timed" };
        const counts = "seconds" in cell ? await countOne(bench, kernel) : {};
        rows.push({
          ...engineBase(base, bench.entry.name),
          kernel: kernel.name,
          size: sizeOf(kernel),
          ...columns(kernel, cell),
          ...counts,
        });
      }
    }
  });
  return rows;
};
