import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { peerFolder } from "../engine/peer-folder.ts";
import { python } from "../engine/torch.ts";
import { median } from "../report/median.ts";
import type { Row } from "../report/report.ts";
import { interleaved } from "../tokenizers/interleaved.ts";
import type { Task } from "./task.ts";

const isResult = (value: unknown): value is { readonly seconds: number; readonly count: number } =>
  typeof value === "object" &&
  value !== null &&
  "seconds" in value &&
  typeof value.seconds === "number" &&
  "count" in value &&
  typeof value.count === "number";

/** The Python peer's line, in a process of its own: the median of its rounds after one to warm up. */
const pythonRow = (
  base: Row,
  { path, engine }: NonNullable<Task["python"]>,
  megabytes: number,
  rounds: number,
): Row => {
  const script = join(peerFolder("python"), "data.py");
  const { status, stdout, stderr } = spawnSync(python(), [script, engine, path, String(rounds)], {
    encoding: "utf8",
  });
  const line = { ...base, engine };
  if (status !== 0) {
    const reason = stderr?.trim().split("\n").at(-1) ?? `${python()} does not start`;
    const isAbsent = reason === "" || /ModuleNotFoundError|does not start/.test(reason);
    return isAbsent ? { ...line, absent: true, reason } : { ...line, failed: reason };
  }
  const result: unknown = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
  if (!isResult(result)) return { ...line, failed: stdout.slice(0, 200) };
  return { ...line, count: result.count, megabytes, mbPerSecond: megabytes / result.seconds };
};

/** One line an engine. Engines in this process take turns. */
export const taskRows = async (
  { name, megabytes, engines, python: peer }: Task,
  rounds: number,
): Promise<readonly Row[]> => {
  const counts = new Map<string, number>();
  const works = new Map(
    [...engines].map(
      ([engine, work]) => [engine, async () => void counts.set(engine, await work())] as const,
    ),
  );
  const seconds = await interleaved(works, rounds);
  const base = { bench: "data", config: name };
  const own = [...seconds].map(([engine, all]) => ({
    ...base,
    engine,
    count: counts.get(engine),
    megabytes,
    mbPerSecond: megabytes / median(all),
  }));
  return peer === undefined ? own : [...own, pythonRow(base, peer, megabytes, rounds)];
};
