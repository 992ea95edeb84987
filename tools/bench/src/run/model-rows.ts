import type { EngineEntry } from "../engine/registry.ts";
import { modelCase, type ModelName, type ModelSize } from "../model/models.ts";
import type { Row } from "../report/report.ts";
import type { Pace } from "./round-robin.ts";
import { ms } from "./training-rows.ts";
import {
  type Cell,
  timeInTurn,
  type TurningSession,
  withTurningSessions,
} from "./turning-session.ts";

/** What of a model is measured: its loss, or a training step. */
const parts = { forward: "loss", train: "step" } as const;

/** Which models, at which sizes, how often and how long. */
export interface ModelBench {
  readonly models: readonly ModelName[];
  readonly sizes: readonly ModelSize[];
  readonly rounds: number;
  readonly pace: Pace;
}

const columns = (cell: Cell): Row =>
  "seconds" in cell
    ? {
        ms: ms(cell.seconds),
        fastestMs: ms(cell.fastest),
        firstMs: ms(cell.firstSeconds),
        loss3: cell.checkLoss,
      }
    : { ...cell };

/** How many times as fast as PyTorch the first engine is. */
const ratioOf = (own: Cell | undefined, peer: Cell | undefined): number | undefined =>
  own !== undefined && peer !== undefined && "seconds" in own && "seconds" in peer
    ? Number((peer.seconds / own.seconds).toPrecision(3))
    : undefined;

const rowsOf = async (
  turning: readonly TurningSession[],
  model: ModelName,
  size: ModelSize,
  part: keyof typeof parts,
  { rounds, pace }: ModelBench,
): Promise<Row[]> => {
  const task = { kind: "model", case: modelCase(model, size), part: parts[part] } as const;
  console.error(`${model} ${size} ${part}`);
  const cells = await timeInTurn(turning, task, rounds, pace);
  const torch = cells[turning.findIndex(({ entry }) => entry.name === "torch")];
  return turning.map(({ entry: { name } }, i) => ({
    bench: "models",
    config: size,
    model,
    size,
    part,
    engine: name,
    ...columns(cells[i] ?? { failed: "not timed" }),
    timesTorch: name.startsWith("adjoint") ? ratioOf(cells[i], torch) : undefined,
  }));
};

/** One row for each model, size, part and engine; each engine is one process that turns from one to the next. */
export const modelRows = (entries: readonly EngineEntry[], bench: ModelBench): Promise<Row[]> =>
  withTurningSessions(entries, false, async (turning) => {
    const rows: Row[] = [];
    for (const size of bench.sizes)
      for (const model of bench.models)
        for (const part of ["forward", "train"] as const)
          rows.push(...(await rowsOf(turning, model, size, part, bench)));
    return rows;
  });
