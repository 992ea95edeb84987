import type { Var } from "@adjoint/core/backend";
import { dotSteps } from "./dot-steps.ts";
import { kernelSteps } from "./kernel-steps.ts";
import type { Call, Layout, Step } from "./layout.ts";
import { copySteps, gatherSteps, scatterSteps } from "./movement-steps.ts";
import { type Task, taskReads, taskWrites } from "./tasks.ts";
import { type Access, ThreadOrder } from "./thread-order.ts";

/** Name of the call that waits for all threads. */
export const barrier = "barrier";

const stepsOf = (
  task: Exclude<Task, { readonly kind: "kernel" }>,
  layout: Layout,
): readonly Step[] => {
  if (task.kind === "dot") return dotSteps(task, layout);
  if (task.kind === "copy") return copySteps(task, layout);
  return task.kind === "gather" ? gatherSteps(task, layout) : scatterSteps(task, layout);
};

const isBatch = ([first]: readonly Step[]): boolean => first?.call.name === "gemm";

/** One access a thread: batches of a product count as one stretch from the first to the last. */
const accessesOf = (steps: readonly Step[]): readonly Access[] => {
  const threads = new Map<number, Step[]>();
  for (const step of steps) threads.set(step.thread, [...(threads.get(step.thread) ?? []), step]);
  const hull = (lists: readonly Step["reads"][]): Step["reads"] =>
    (lists[0] ?? []).map((_, i) => [
      Math.min(...lists.map((l) => l[i]?.[0] ?? 0)),
      Math.max(...lists.map((l) => l[i]?.[1] ?? 0)),
    ]);
  return [...threads].map(([thread, own]) => ({
    thread,
    reads: isBatch(own) ? hull(own.map((s) => s.reads)) : own.flatMap((s) => s.reads),
    writes: isBatch(own) ? hull(own.map((s) => s.writes)) : own.flatMap((s) => s.writes),
  }));
};

/** The calls of every thread, with barriers where one needs what another has done. */
export const writeCalls = (
  tasks: readonly Task[],
  layout: Layout,
): readonly (readonly Call[])[] => {
  const calls = Array.from({ length: layout.threads }, (): Call[] => []);
  const order = new ThreadOrder(layout.threads);
  const open = new Map<Var, Step>();
  const write = (steps: readonly Step[]): void => {
    if (steps.length === 0) return;
    const mustMeet = layout.threads > 1 && order.add(accessesOf(steps));
    if (mustMeet) for (const own of calls) own.push({ name: barrier, args: [] });
    for (const { thread, call } of steps) calls[thread]?.push(call);
  };
  const close = (): void => {
    write([...open.values()]);
    open.clear();
  };
  for (const task of tasks) {
    if ([...taskReads(task), ...taskWrites(task)].some((v) => open.has(v))) close();
    if (task.kind !== "kernel") {
      write(stepsOf(task, layout));
      continue;
    }
    const { steps, sums } = kernelSteps(task, layout);
    write(steps);
    // added up when something reads the sum, all that are open at once
    for (const sum of sums) open.set(sum.variable, sum.step);
  }
  close();
  return calls;
};
