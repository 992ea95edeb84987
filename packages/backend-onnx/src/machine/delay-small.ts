import type { Var } from "@adjoint/core/backend";
import { smallestShare } from "./kernel-steps.ts";
import { type Task, taskReads, taskWrites } from "./tasks.ts";

const isSmall = (task: Task): boolean =>
  task.kind === "kernel" && task.loops.reduce((n, length) => n * length, 1) < smallestShare;

/**
 * Puts tasks that one thread does alone off until another task needs them, so that the threads wait for each other once
 * for many of them.
 */
export const delaySmall = (tasks: readonly Task[]): readonly Task[] => {
  const makers = new Map<Var, Task>();
  const delayed = new Set<Task>();
  const ordered: Task[] = [];
  const need = (v: Var): void => {
    const task = makers.get(v);
    if (task !== undefined && delayed.delete(task)) place(task);
  };
  const place = (task: Task): void => {
    taskReads(task).forEach(need);
    ordered.push(task);
  };
  for (const task of tasks) {
    if (isSmall(task)) {
      delayed.add(task);
      for (const v of taskWrites(task)) makers.set(v, task);
    } else {
      taskWrites(task).forEach(need);
      place(task);
    }
  }
  for (const task of delayed) if (delayed.delete(task)) place(task);
  return ordered;
};
