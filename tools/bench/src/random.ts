// Random numbers alone, and what dropout adds to a training step.
// npm run bench -- random [--config bernoulli-1m,step-0.1,...] [--engine adjoint-onnx,adjoint-reference] [--rounds 5] [--json]
import type { RandomDraws, Task } from "./engine/engine.ts";
import { selectEngines } from "./engine/registry.ts";
import { configs } from "./model/gpt.ts";
import { report, type Row } from "./report/report.ts";
import { readOptions } from "./run/options.ts";
import { roundRobin } from "./run/round-robin.ts";
import { type Started, startSession } from "./run/start-sessions.ts";

const counts: Readonly<Record<string, number>> = { "10k": 1e4, "100k": 1e5, "1m": 1e6, "10m": 1e7 };
const kinds: readonly RandomDraws[] = ["bits", "uniform", "bernoulli"];

type RandomTask = Extract<Task, { kind: "random" | "dropout-step" }>;

const taskOf = (config: string): RandomTask => {
  const [name, size = ""] = config.split("-");
  const [draws, count, rate] = [kinds.find((kind) => kind === name), counts[size], Number(size)];
  if (draws !== undefined && count !== undefined) return { kind: "random", draws, count };
  if (name === "step" && size !== "" && rate >= 0 && rate < 1)
    return { kind: "dropout-step", config: configs.small, rate };
  throw new Error(
    `--config: ${kinds.join(", ")} with a count such as bits-1m, or step-0.1, got ${config}`,
  );
};

const options = readOptions({
  config:
    "uniform-10k,uniform-1m,bernoulli-10k,bernoulli-100k,bernoulli-1m,bernoulli-10m,step-0,step-0.1",
  engine: "adjoint-onnx",
});
const entries = selectEngines(options.engine);
// all configurations take turns, so that steps with dropout and without are comparable
const named = options.config
  .split(",")
  .flatMap((config) => entries.map((entry) => ({ config, task: taskOf(config), entry })));
const started: (Started & { readonly config: string; readonly task: RandomTask })[] = [];
for (const { config, task, entry } of named)
  started.push({ ...(await startSession(entry, task)), config, task });
const sessions = started.flatMap((s) => ("session" in s ? [s.session] : []));
const outcomes = await roundRobin(sessions, options.rounds);
const rows = started.map((s): Row => {
  const base = { bench: "random", what: s.config, engine: s.name };
  if (!("session" in s))
    return { ...base, ...("absent" in s ? { absent: s.absent } : { failed: s.failed }) };
  const outcome = outcomes[sessions.indexOf(s.session)] ?? { failed: "no samples" };
  if ("failed" in outcome) return { ...base, failed: outcome.failed };
  const { seconds, fastest } = outcome;
  const times = { ...base, ms: seconds * 1000, bestMs: fastest * 1000 };
  if (s.task.kind !== "random") return times;
  const { count } = s.task;
  return { ...times, nsEach: (seconds * 1e9) / count, bestNsEach: (fastest * 1e9) / count };
});
for (const session of sessions) await session.end().catch(() => undefined);
report("random numbers, float32", rows, options.json);
