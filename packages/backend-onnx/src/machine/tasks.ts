import { Var } from "@adjoint/core/backend";
import type { KernelProgram } from "../wasm/kernel-program.ts";
import { type Item, readsOf } from "./item.ts";
import type { GroupInput } from "./kernel-group.ts";
import type { ProgramPlan } from "./plan-program.ts";

/** A kernel with everything it reads and writes decided. */
export type KernelTask = {
  readonly kind: "kernel";
  readonly name: string;
  readonly program: KernelProgram;
  readonly loops: readonly [number, number, number];
  readonly inputs: readonly GroupInput[];
  readonly outputs: readonly Var[];
};

/** One step of a schedule. */
export type Task = KernelTask | Exclude<Item, { readonly kind: "kernel" }>;

const writesOf = (item: Item): readonly Var[] => {
  if (item.kind === "kernel") return [...item.group.values.keys()];
  return item.kind === "copy" ? [item.to.base] : [item.out];
};

const keyOf = (program: KernelProgram): string =>
  JSON.stringify(program, (_, v: unknown) =>
    typeof v === "number" ? (Object.is(v, -0) ? "-0" : String(v)) : v,
  );

/** Leaves out what nobody reads, and fixes what kernels read and write. */
export const tasksOf = ({
  items,
  outputs,
}: ProgramPlan): {
  readonly tasks: readonly Task[];
  readonly kernels: ReadonlyMap<string, KernelProgram>;
} => {
  const needed = new Set<Var>(outputs.filter((o) => o instanceof Var));
  const names = new Map<string, string>();
  const kernels = new Map<string, KernelProgram>();
  const tasks: Task[] = [];
  for (const item of items.toReversed()) {
    const written = writesOf(item).filter((v) => needed.has(v));
    if (written.length === 0) continue;
    if (item.kind !== "kernel") {
      tasks.push(item);
      for (const v of readsOf(item)) needed.add(v);
      continue;
    }
    const { program, inputs } = item.group.finish(written);
    const key = keyOf(program);
    const name = names.get(key) ?? `kernel${names.size}`;
    names.set(key, name);
    kernels.set(name, program);
    for (const { base } of inputs) needed.add(base);
    tasks.push({
      kind: "kernel",
      name,
      program,
      loops: item.group.loops,
      inputs,
      outputs: written,
    });
  }
  return { tasks: tasks.reverse(), kernels };
};

/** Names that a task reads. */
export const taskReads = (task: Task): readonly Var[] =>
  task.kind === "kernel" ? task.inputs.map((i) => i.base) : readsOf(task);
/** Names that a task writes. */
export const taskWrites = (task: Task): readonly Var[] => {
  if (task.kind === "kernel") return task.outputs;
  return task.kind === "copy" ? [task.to.base] : [task.out];
};

const typeKey = ({ aval }: Var): string => `${aval.dtype}[${aval.shape.join()}]`;

/** Pairs outputs with donated inputs of their type whose place they can take: nothing reads the input any more by then. */
export const updatesOf = (
  tasks: readonly Task[],
  outputs: ProgramPlan["outputs"],
  donated: readonly Var[],
): ReadonlyMap<Var, Var> => {
  const lastRead = new Map<Var, number>();
  const madeBy = new Map<Var, number>();
  tasks.forEach((task, i) => {
    for (const v of taskReads(task)) lastRead.set(v, i);
    for (const v of taskWrites(task)) if (!madeBy.has(v)) madeBy.set(v, i);
  });
  const results = new Set(outputs);
  const free = donated.filter((v) => !results.has(v));
  const updates = new Map<Var, Var>();
  for (const output of results) {
    const made = output instanceof Var ? madeBy.get(output) : undefined;
    if (!(output instanceof Var) || made === undefined) continue;
    const index = free.findIndex((v) => typeKey(v) === typeKey(output));
    const input = free[index];
    if (input === undefined) continue;
    free.splice(index, 1);
    if (
      (lastRead.get(input) ?? -1) < made ||
      isInPlace(tasks[made], input, output, lastRead.get(input) === made)
    )
      updates.set(output, input);
  }
  return updates;
};

const isInPlace = (task: Task | undefined, input: Var, output: Var, isLast: boolean): boolean => {
  if (task?.kind !== "kernel" || !isLast) return false;
  const { axes } = task.program.outputs[task.outputs.indexOf(output)] ?? {};
  const reads = task.inputs.filter((i) => i.base === input);
  const isWhole = (a: typeof axes): boolean =>
    a !== undefined &&
    [a.blocks, a.rows, a.columns].every((varies, i) => varies || task.loops[i] === 1) &&
    a.columns;
  return isWhole(axes) && reads.every((r) => r.offset === 0 && isWhole(r.axes));
};
