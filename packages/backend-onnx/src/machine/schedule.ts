import { dim, type HostData, type Shape, sizeOf, Var } from "@adjoint/core/backend";
import type { Folded } from "../passes/constants.ts";
import type { KernelProgram } from "../wasm/kernel-program.ts";
import { gemmScratch } from "./gemm-kernel.ts";
import { type CopyItem, type DotItem, type Item, readsOf } from "./item.ts";
import type { GroupInput } from "./kernel-group.ts";
import { aligned, bytesOf, placeArrays } from "./memory-plan.ts";
import type { ProgramPlan } from "./plan-program.ts";
import { unsupported } from "./unsupported.ts";
import type { View } from "./view.ts";

/** A kernel with everything it reads and writes decided. */
type KernelTask = {
  readonly kind: "kernel";
  readonly name: string;
  readonly program: KernelProgram;
  readonly loops: readonly [number, number, number];
  readonly inputs: readonly GroupInput[];
  readonly outputs: readonly Var[];
};

type Task = KernelTask | Exclude<Item, { readonly kind: "kernel" }>;

/** A call of a function by name, with its arguments; `barrier` waits for every thread. */
export type Call = { readonly name: string; readonly args: readonly number[] };

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

/** Name of the call that waits for all threads. */
export const barrier = "barrier";

/** Below this many elements a kernel is not worth dividing. */
const smallestShare = 4096;

/** Below this many multiplications a product is not worth dividing. */
const smallestProduct = 100_000;

const combine: KernelProgram = {
  inputs: [{ dtype: "float32", axes: { blocks: true, rows: true, columns: true } }],
  steps: [],
  outputs: [{ value: 0, axes: { blocks: false, rows: false, columns: true } }],
};

const writesOf = (item: Item): readonly Var[] => {
  if (item.kind === "kernel") return [...item.group.values.keys()];
  return item.kind === "copy" ? [item.to.base] : [item.out];
};

const keyOf = (program: KernelProgram): string =>
  JSON.stringify(program, (_, v: unknown) =>
    typeof v === "number" ? (Object.is(v, -0) ? "-0" : String(v)) : v,
  );

/** Leaves out what nobody reads, and fixes what kernels read and write. */
const tasksOf = ({
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

const taskReads = (task: Task): readonly Var[] =>
  task.kind === "kernel" ? task.inputs.map((i) => i.base) : readsOf(task);
const taskWrites = (task: Task): readonly Var[] => {
  if (task.kind === "kernel") return task.outputs;
  return task.kind === "copy" ? [task.to.base] : [task.out];
};

/** The part of `count` that a thread does, as start and length, in multiples of `unit`. */
const share = (
  count: number,
  unit: number,
  thread: number,
  threads: number,
): readonly [number, number] => {
  const at = (t: number): number =>
    Math.min(count, Math.round((count / unit) * (t / threads)) * unit);
  return [at(thread), at(thread + 1) - at(thread)];
};

const typeKey = ({ aval }: Var): string => `${aval.dtype}[${aval.shape.join()}]`;

/** Pairs outputs with donated inputs of their type whose place they can take: nothing reads the input any more by then. */
const updatesOf = (
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

const outerIndices = (shape: Shape): readonly (readonly number[])[] =>
  shape.reduce<readonly (readonly number[])[]>(
    (all, size) => all.flatMap((prefix) => Array.from({ length: size }, (_, i) => [...prefix, i])),
    [[]],
  );

/** Writes the calls of every thread. */
class CallWriter {
  readonly calls: Call[][];
  readonly #offsets: ReadonlyMap<Var, number>;
  readonly #scratch: number;
  readonly #scratchBytes: number;
  readonly #partials: number;

  constructor(
    threads: number,
    offsets: ReadonlyMap<Var, number>,
    scratch: number,
    scratchBytes: number,
    partials: number,
  ) {
    this.calls = Array.from({ length: threads }, () => []);
    this.#offsets = offsets;
    this.#scratch = scratch;
    this.#scratchBytes = scratchBytes;
    this.#partials = partials;
  }

  barrier(): void {
    if (this.calls.length > 1)
      for (const calls of this.calls) calls.push({ name: barrier, args: [] });
  }

  write(task: Task): void {
    if (task.kind === "kernel") return this.#kernel(task);
    if (task.kind === "dot") return this.#dot(task);
    if (task.kind === "copy") return this.#copy(task);
    if (task.kind === "gather") {
      const { table, indices, out } = task;
      const rowBytes = (bytesOf(out) / sizeOf(indices.shape)) | 0;
      return this.#divide(sizeOf(indices.shape), sizeOf(out.aval.shape), (start, count) =>
        this.#call("gather", [
          this.#at(out) + start * rowBytes,
          this.#view(table),
          this.#view(indices) + 4 * start,
          count,
          rowBytes,
          dim(table.shape, 0),
        ]),
      );
    }
    const { mode, indices, updates, out } = task;
    const columns = sizeOf(out.aval.shape.slice(1));
    // threads take columns, so that rows are added up in one order
    return this.#divide(columns, sizeOf(updates.shape), (start, count) =>
      this.#call(mode === "add" ? "scatterAdd" : "scatterSet", [
        ...[this.#at(out) + 4 * start, this.#view(updates) + 4 * start, this.#view(indices)],
        ...[sizeOf(indices.shape), columns * 4, count, dim(out.aval.shape, 0)],
      ]),
    );
  }

  #at(variable: Var): number {
    return this.#offsets.get(variable) ?? unsupported("a name without memory");
  }

  #view({ base, offset }: View): number {
    return this.#at(base) + 4 * offset;
  }

  #call(name: string, args: readonly number[]): Call {
    return { name, args };
  }

  /** Divides `count` parts of `work` elements among the threads. */
  #divide(
    count: number,
    work: number,
    make: (start: number, count: number, thread: number) => Call,
  ): void {
    if (work < smallestShare || count < this.calls.length)
      return void this.calls[0]?.push(make(0, count, 0));
    this.calls.forEach((calls, thread) => {
      const [start, length] = share(count, 1, thread, this.calls.length);
      if (length > 0) calls.push(make(start, length, thread));
    });
  }

  #kernel(task: KernelTask): void {
    const [blocks, rows, columns] = task.loops;
    const threads = this.calls.length;
    const axis = blocks >= threads ? 0 : blocks === 1 && rows >= threads ? 1 : undefined;
    const size = blocks * rows * columns;
    const isSingle = threads === 1 || axis === undefined || size < smallestShare;
    const partial = isSingle ? [] : task.outputs.filter((_, i) => !this.#varies(task, i, axis));
    const partialAt = new Map<Var, number>();
    let next = this.#partials;
    for (const v of partial) {
      partialAt.set(v, next);
      next += aligned(bytesOf(v) * threads);
    }
    const callFor = (start: number, count: number, thread: number): Call => {
      const lengths = [blocks, rows, columns].map((n, i) => (i === axis && !isSingle ? count : n));
      const inner = axis === 0 ? [rows, columns] : [columns];
      const skip = (
        axes: { readonly blocks: boolean; readonly rows: boolean; readonly columns: boolean },
        bytes: number,
      ): number => {
        if (isSingle || !(axis === 0 ? axes.blocks : axes.rows)) return 0;
        const own = axis === 0 ? [axes.rows, axes.columns] : [axes.columns];
        return start * bytes * own.reduce((n, varies, i) => n * (varies ? (inner[i] ?? 1) : 1), 1);
      };
      const reads = task.inputs.map((x) => {
        const bytes = x.dtype === "bool" ? 1 : 4;
        return this.#at(x.base) + x.offset * bytes + skip(x.axes, bytes);
      });
      const writes = task.outputs.map((v, i) => {
        const own = partialAt.get(v);
        if (own !== undefined) return own + thread * bytesOf(v);
        const axes = task.program.outputs[i]?.axes ?? { blocks: true, rows: true, columns: true };
        return this.#at(v) + skip(axes, v.aval.dtype === "bool" ? 1 : 4);
      });
      return this.#call(task.name, [...lengths, ...reads, ...writes]);
    };
    if (isSingle) return void this.calls[0]?.push(callFor(0, 0, 0));
    this.calls.forEach((calls, thread) => {
      const [start, count] = share(axis === 0 ? blocks : rows, 1, thread, threads);
      calls.push(callFor(start, count, thread));
    });
    if (partial.length === 0) return;
    this.barrier();
    for (const v of partial) {
      const length = sizeOf(v.aval.shape);
      this.calls[0]?.push(
        this.#call("combine", [1, threads, length, partialAt.get(v) ?? 0, this.#at(v)]),
      );
    }
  }

  #varies(task: KernelTask, output: number, axis: 0 | 1): boolean {
    const axes = task.program.outputs[output]?.axes;
    return axis === 0 ? axes?.blocks === true : axes?.rows === true;
  }

  #dot({ batch, a, b, out }: DotItem): void {
    const rank = batch.length;
    const [m, k, n] = [a.shape[rank] ?? 1, a.shape[rank + 1] ?? 1, b.shape[rank + 1] ?? 1];
    const step = (view: View, axis: number): number => 4 * (view.strides[rank + axis] ?? 0);
    const offset = (view: View, index: readonly number[]): number =>
      this.#view(view) + 4 * index.reduce((sum, i, axis) => sum + i * (view.strides[axis] ?? 0), 0);
    const threads = this.calls.length;
    // a row of one number may have any step; the kernel takes it as dense
    const aColumn = k === 1 ? 4 : step(a, 1);
    const product = (
      index: readonly number[],
      i: number,
      thread: number,
      rows: readonly [number, number],
      columns: readonly [number, number],
    ): void => {
      if (rows[1] === 0 || columns[1] === 0) return;
      this.calls[thread]?.push(
        this.#call("gemm", [
          ...[offset(a, index) + rows[0] * step(a, 0), step(a, 0), aColumn],
          ...[offset(b, index) + columns[0] * step(b, 1), step(b, 0), n === 1 ? 4 : step(b, 1)],
          ...[this.#at(out) + 4 * (i * m * n + rows[0] * n + columns[0]), n * 4],
          ...[rows[1], columns[1], k, this.#scratch + thread * this.#scratchBytes],
        ]),
      );
    };
    const indices = outerIndices(batch);
    const isSmall = m * n * k * indices.length < smallestProduct;
    indices.forEach((index, i) => {
      const all: readonly [readonly [number, number], readonly [number, number]] = [
        [0, m],
        [0, n],
      ];
      if (threads === 1 || isSmall) return product(index, i, 0, ...all);
      if (indices.length >= threads)
        return product(index, i, Math.floor((i * threads) / indices.length), ...all);
      for (let thread = 0; thread < threads; thread++) {
        if (m >= n) product(index, i, thread, share(m, 6, thread, threads), [0, n]);
        else product(index, i, thread, [0, m], share(n, 8, thread, threads));
      }
    });
  }

  #copy({ from, to }: CopyItem): void {
    const axes = from.shape
      .map((size, axis) => ({ size, from: from.strides[axis] ?? 0, to: to.strides[axis] ?? 0 }))
      .filter((x) => x.size !== 1);
    const merged: { size: number; from: number; to: number }[] = [];
    for (const axis of axes) {
      const last = merged.at(-1);
      if (
        last !== undefined &&
        last.from === axis.from * axis.size &&
        last.to === axis.to * axis.size
      )
        merged.splice(-1, 1, { size: last.size * axis.size, from: axis.from, to: axis.to });
      else merged.push(axis);
    }
    while (merged.length < 3) merged.unshift({ size: 1, from: 0, to: 0 });
    const outer = merged.slice(0, -3);
    const [x, y, z] = merged.slice(-3);
    if (x === undefined || y === undefined || z === undefined) return;
    const indices = outerIndices(outer.map((o) => o.size));
    if (indices.length > 4096) unsupported("a copy along many axes");
    for (const index of indices) {
      const start = (key: "from" | "to"): number =>
        4 * index.reduce((sum, i, axis) => sum + i * (outer[axis]?.[key] ?? 0), 0);
      this.#divide(x.size, x.size * y.size * z.size, (first, count) =>
        this.#call("copy", [
          this.#view(to) + start("to") + 4 * first * x.to,
          this.#view(from) + start("from") + 4 * first * x.from,
          ...[
            count,
            y.size,
            z.size,
            x.to * 4,
            y.to * 4,
            z.to * 4,
            x.from * 4,
            y.from * 4,
            z.from * 4,
          ],
        ]),
      );
    }
  }
}

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
  const { tasks, kernels } = tasksOf(plan);
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
  const sums = tasks.map((task) =>
    task.kind === "kernel"
      ? task.outputs.reduce((n, v) => n + aligned(bytesOf(v) * threads), 0)
      : 0,
  );
  const partials = placed.end + scratchBytes * threads;
  const writer = new CallWriter(threads, offsets, placed.end, scratchBytes, partials);
  writeTasks(tasks, writer, offsets);
  const isSum = tasks.map(
    (t) => t.kind === "kernel" && t.program.outputs.some(({ axes }) => !(axes.blocks && axes.rows)),
  );
  const bytes = partials + Math.max(0, ...sums.filter((_, i) => isSum[i]));
  return {
    kernels: new Map([...kernels, ["combine", combine]]),
    threads: writer.calls,
    offsets,
    constants: fixedConstants.map(([v, x]) => [v, x.data]),
    updates,
    bytes,
  };
};

/** Puts barriers where a task touches memory that one since the last barrier wrote, or writes what one read. */
const writeTasks = (
  tasks: readonly Task[],
  writer: CallWriter,
  offsets: ReadonlyMap<Var, number>,
): void => {
  type Range = readonly [number, number];
  let read: Range[] = [];
  let written: Range[] = [];
  let hasSums = false;
  const rangeOf = (v: Var): Range => [offsets.get(v) ?? 0, (offsets.get(v) ?? 0) + bytesOf(v)];
  const meets = (ranges: readonly Range[], [from, to]: Range): boolean =>
    ranges.some(([a, b]) => a < to && from < b);
  for (const task of tasks) {
    const [reads, writes] = [taskReads(task).map(rangeOf), taskWrites(task).map(rangeOf)];
    const sums =
      task.kind === "kernel" &&
      task.program.outputs.some(({ axes }) => !(axes.blocks && axes.rows));
    if (
      reads.some((r) => meets(written, r)) ||
      writes.some((w) => meets(written, w) || meets(read, w)) ||
      (sums && hasSums)
    ) {
      writer.barrier();
      [read, written, hasSums] = [[], [], false];
    }
    writer.write(task);
    read.push(...reads);
    written.push(...writes);
    hasSums ||= sums; // partial sums of two kernels share their memory
  }
};
