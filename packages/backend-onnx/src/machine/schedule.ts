import { type HostData, Var } from "@adjoint/core/backend";
import type { Folded } from "@adjoint/core/passes";
import type { KernelProgram } from "../wasm/kernel-program.ts";
import { gemmScratch } from "./gemm-kernel.ts";
import { type Call, Layout } from "./layout.ts";
import { aligned, bytesOf, placeArrays } from "./memory-plan.ts";
import type { ProgramPlan } from "./plan-program.ts";
import { delaySmall } from "./delay-small.ts";
import { type Task, taskReads, tasksOf, taskWrites, updatesOf } from "./tasks.ts";
import { writeCalls } from "./write-calls.ts";

/** What every thread is to call, and where the arrays lie. */
export type Schedule = {
  readonly kernels: ReadonlyMap<string, KernelProgram>;
  readonly threads: readonly (readonly Call[])[];
  readonly offsets: ReadonlyMap<Var, number>;
  readonly constants: readonly (readonly [Var, HostData])[];
  /** For an output of the program, the donated input whose place it takes. */
  readonly updates: ReadonlyMap<Var, Var>;
  readonly bytes: number;
};

const combine: KernelProgram = {
  inputs: [{ dtype: "float32", axes: { blocks: true, rows: true, columns: true } }],
  steps: [],
  outputs: [{ value: 0, axes: { blocks: false, rows: false, columns: true } }],
};

const lastUses = (tasks: readonly Task[]): ReadonlyMap<Var, number> => {
  const last = new Map<Var, number>();
  tasks.forEach((task, i) => {
    for (const v of [...taskReads(task), ...taskWrites(task)]) last.set(v, i);
  });
  return last;
};

/** Divides a plan among threads and gives every array its place. */
export const schedule = (
  plan: ProgramPlan,
  { constants }: Folded,
  inputs: readonly Var[],
  donated: readonly Var[],
  threads: number,
): Schedule => {
  const { tasks: inOrder, kernels } = tasksOf(plan);
  const tasks = delaySmall(inOrder);
  const updates = updatesOf(tasks, plan.outputs, donated);
  const made = new Map<Var, number>();
  tasks.forEach((task, i) => {
    for (const v of taskWrites(task)) if (!made.has(v)) made.set(v, i);
  });
  const used = new Set([...tasks.flatMap(taskReads), ...plan.outputs]);
  const early = plan.prologue.flatMap((e) => e.outputs).filter((v) => used.has(v));
  const fixedConstants = [...constants].filter(([v]) => used.has(v));
  const fixed = [...inputs, ...fixedConstants.map(([v]) => v), ...early];
  const results = new Set(plan.outputs.filter((o) => o instanceof Var));
  const offsets = new Map<Var, number>();
  let end = 0;
  const place = (v: Var): void => {
    if (offsets.has(v)) return;
    offsets.set(v, end);
    end += aligned(bytesOf(v));
  };
  fixed.forEach(place);
  for (const v of results) {
    const input = updates.get(v);
    if (input === undefined) place(v);
    else offsets.set(v, offsets.get(input) ?? 0);
  }
  const last = lastUses(tasks);
  const temporary = [...made]
    .filter(([v]) => !offsets.has(v))
    .map(([variable, first]) => ({
      variable,
      first,
      last: last.get(variable) ?? first,
      bytes: bytesOf(variable),
    }));
  const placed = placeArrays(temporary, end);
  for (const [v, offset] of placed.offsets) offsets.set(v, offset);
  const dots = tasks.filter((t) => t.kind === "dot");
  const scratchBytes = aligned(
    Math.max(
      0,
      ...dots.map(({ batch, a, b }) =>
        gemmScratch(
          a.shape[batch.length] ?? 1,
          b.shape[batch.length + 1] ?? 1,
          a.shape[batch.length + 1] ?? 1,
        ),
      ),
    ),
  );
  const layout = new Layout(threads, offsets, { start: placed.end, bytes: scratchBytes });
  const calls = writeCalls(tasks, layout);
  return {
    kernels: new Map([...kernels, ["combine", combine]]),
    threads: calls,
    offsets,
    constants: fixedConstants.map(([v, x]) => [v, x.data]),
    updates,
    bytes: layout.end,
  };
};
