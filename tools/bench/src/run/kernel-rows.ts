import type { EngineEntry } from "../engine/registry.ts";
import { type KernelCase, sizeOf, workOf } from "../model/kernels.ts";
import type { Row } from "../report/report.ts";
import { engineBase, type GpuBase } from "./gpu-base.ts";
import { countRepetition } from "./gpu-counts.ts";
import {
  type Cell,
  timeInTurn,
  type TurningSession,
  withTurningSessions,
} from "./turning-session.ts";

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

const countOne = async (bench: TurningSession, kernel: KernelCase): Promise<Row> => {
  const session = await bench.at({ kind: "kernel", kernel });
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
  const timed = await withTurningSessions(entries, false, async (benches) => {
    const cells: Cell[][] = [];
    for (const kernel of kernels) {
      console.error(`${kernel.name} ${sizeOf(kernel)}`);
      cells.push(await timeInTurn(benches, { kind: "kernel", kernel }, rounds));
    }
    return cells;
  });
  const rows: Row[] = [];
  await withTurningSessions(entries, true, async (benches) => {
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
