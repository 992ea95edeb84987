import { sizeOf, type Var } from "@adjoint/core/backend";
import type { KernelAxes } from "../wasm/kernel-program.ts";
import { type Layout, share, type Step } from "./layout.ts";
import { bytesOf } from "./memory-plan.ts";
import type { KernelTask } from "./tasks.ts";
import type { Range } from "./thread-order.ts";

/** Below this many elements a kernel is not worth dividing. */
export const smallestShare = 4096;

/** Which loop is divided: blocks, or rows when there is one block. */
type Axis = 0 | 1;

const dividedAxis = (
  { loops: [blocks, rows, columns] }: KernelTask,
  threads: number,
): Axis | undefined => {
  if (threads === 1 || blocks * rows * columns < smallestShare) return undefined;
  if (blocks >= threads) return 0;
  return blocks === 1 && rows >= threads ? 1 : undefined;
};

const whole: KernelAxes = { blocks: true, rows: true, columns: true };

/** Bytes of one turn of the divided loop, and of all its turns; an array that does not vary along it has none to skip. */
const turnBytes = (
  { loops: [blocks, rows, columns] }: KernelTask,
  axes: KernelAxes,
  axis: Axis,
  bytes: number,
): readonly [number, number] => {
  const row = (axes.columns ? columns : 1) * bytes;
  const [turn, turns] = axis === 0 ? [(axes.rows ? rows : 1) * row, blocks] : [row, rows];
  return (axis === 0 ? axes.blocks : axes.rows) ? [turn, turn * turns] : [0, turn];
};

const widthOf = (dtype: string): number => (dtype === "bool" ? 1 : 4);

/** A sum that is complete after `step`, which adds up what threads have summed. */
export type OpenSum = { readonly variable: Var; readonly step: Step };

/** The calls of a kernel, and those that add up what threads have summed apart. */
export type DividedKernel = { readonly steps: readonly Step[]; readonly sums: readonly OpenSum[] };

/** Divides a kernel among threads. */
export const kernelSteps = (task: KernelTask, layout: Layout): DividedKernel => {
  const axis = dividedAxis(task, layout.threads);
  const { inputs, outputs, program } = task;
  const axesAt = (i: number): KernelAxes => program.outputs[i]?.axes ?? whole;
  if (axis === undefined) return { steps: [single(task, layout)], sums: [] };
  const apart = new Map<Var, number>();
  outputs.forEach((v, i) => {
    if (!(axis === 0 ? axesAt(i).blocks : axesAt(i).rows))
      apart.set(v, layout.partials(bytesOf(v) * layout.threads));
  });
  const total = task.loops[axis];
  const steps = Array.from({ length: layout.threads }, (_, thread): Step => {
    const [start, count] = share(total, 1, thread, layout.threads);
    const part = (at: number, axes: KernelAxes, bytes: number): Range => {
      const [turn] = turnBytes(task, axes, axis, bytes);
      const [, all] = turnBytes(task, axes, axis, bytes);
      return turn === 0 ? [at, at + all] : [at + start * turn, at + (start + count) * turn];
    };
    const reads = inputs.map((x) =>
      part(layout.at(x.base) + x.offset * widthOf(x.dtype), x.axes, widthOf(x.dtype)),
    );
    const writes = outputs.map((v, i): Range => {
      const own = apart.get(v);
      if (own === undefined) return part(layout.at(v), axesAt(i), widthOf(v.aval.dtype));
      return [own + thread * bytesOf(v), own + (thread + 1) * bytesOf(v)];
    });
    const lengths = task.loops.map((n, i) => (i === axis ? count : n));
    return {
      thread,
      call: {
        name: task.name,
        args: [...lengths, ...reads.map(([at]) => at), ...writes.map(([at]) => at)],
      },
      reads,
      writes,
    };
  });
  const sums = [...apart].map(([v, from]): OpenSum => {
    const args = [1, layout.threads, sizeOf(v.aval.shape), from, layout.at(v)];
    const reads: readonly Range[] = [[from, from + bytesOf(v) * layout.threads]];
    return {
      variable: v,
      step: { thread: 0, call: { name: "combine", args }, reads, writes: [layout.whole(v)] },
    };
  });
  return { steps, sums };
};

const single = ({ name, loops, inputs, outputs }: KernelTask, layout: Layout): Step => {
  const reads = inputs.map((x) => layout.at(x.base) + x.offset * widthOf(x.dtype));
  const writes = outputs.map((v) => layout.at(v));
  return {
    thread: 0,
    call: { name, args: [...loops, ...reads, ...writes] },
    reads: inputs.map((x) => layout.whole(x.base)),
    writes: outputs.map((v) => layout.whole(v)),
  };
};
