import { dim, sizeOf } from "@adjoint/core/backend";
import type { CopyItem, GatherItem, ScatterItem } from "./item.ts";
import { indicesOf, type Layout, share, type Step } from "./layout.ts";
import { bytesOf } from "./memory-plan.ts";
import type { Range } from "./thread-order.ts";
import { unsupported } from "./unsupported.ts";
import type { View } from "./view.ts";

/** Below this many elements moving is not worth dividing. */
const smallestShare = 4096;

/** Most calls that one copy may take. */
const mostCalls = 4096;

type Axis = { readonly size: number; readonly from: number; readonly to: number };

/** Axes of a copy, those merged that follow each other in memory on both sides. */
const copyAxes = ({ from, to }: CopyItem): readonly Axis[] => {
  const merged: Axis[] = [];
  from.shape.forEach((size, i) => {
    if (size === 1) return;
    const axis = { size, from: from.strides[i] ?? 0, to: to.strides[i] ?? 0 };
    const last = merged.at(-1);
    if (last !== undefined && last.from === axis.from * size && last.to === axis.to * size)
      merged.splice(-1, 1, { ...axis, size: last.size * size });
    else merged.push(axis);
  });
  return merged;
};

const divide = (
  count: number,
  work: number,
  threads: number,
  make: (thread: number, start: number, count: number) => Step,
): readonly Step[] => {
  if (work < smallestShare || count < threads) return [make(0, 0, count)];
  return Array.from({ length: threads }, (_, thread) => {
    const [start, length] = share(count, 1, thread, threads);
    return length === 0 ? [] : [make(thread, start, length)];
  }).flat();
};

const one: Axis = { size: 1, from: 0, to: 0 };

/** The calls of a copy; a call runs along three axes. */
export const copySteps = (item: CopyItem, layout: Layout): readonly Step[] => {
  const axes = copyAxes(item);
  const padded = [...Array.from({ length: Math.max(0, 3 - axes.length) }, () => one), ...axes];
  const outer = padded.slice(0, -3);
  const [x = one, y = one, z = one] = padded.slice(-3);
  const indices = indicesOf(outer.map((o) => o.size));
  if (indices.length > mostCalls) unsupported("a copy along many axes");
  const inner = x.size * y.size * z.size;
  const span = (start: number, count: number, key: "from" | "to"): Range => {
    const last = (count - 1) * x[key] + (y.size - 1) * y[key] + (z.size - 1) * z[key];
    return [start, start + 4 * (last + 1)];
  };
  const callFor = (
    index: readonly number[],
    thread: number,
    first: number,
    count: number,
  ): Step => {
    const start = (view: View, key: "from" | "to"): number =>
      layout.start(view) +
      4 * (first * x[key] + index.reduce((sum, i, axis) => sum + i * (outer[axis]?.[key] ?? 0), 0));
    const [to, from] = [start(item.to, "to"), start(item.from, "from")];
    const args = [
      to,
      from,
      count,
      y.size,
      z.size,
      ...[x.to, y.to, z.to, x.from, y.from, z.from].map((s) => 4 * s),
    ];
    return {
      thread,
      call: { name: "copy", args },
      reads: [span(from, count, "from")],
      writes: [span(to, count, "to")],
    };
  };
  const isByIndex = indices.length >= layout.threads && inner * indices.length >= smallestShare;
  return indices.flatMap((index, i) => {
    if (isByIndex)
      return [callFor(index, Math.floor((i * layout.threads) / indices.length), 0, x.size)];
    return divide(x.size, inner, layout.threads, (thread, start, count) =>
      callFor(index, thread, start, count),
    );
  });
};

/** The calls of a gather; threads take rows of the result. */
export const gatherSteps = (
  { table, indices, out }: GatherItem,
  layout: Layout,
): readonly Step[] => {
  const rows = sizeOf(indices.shape);
  const rowBytes = bytesOf(out) / rows;
  return divide(rows, sizeOf(out.aval.shape), layout.threads, (thread, start, count) => {
    const to = layout.at(out) + start * rowBytes;
    const numbers = layout.start(indices) + 4 * start;
    const args = [to, layout.start(table), numbers, count, rowBytes, dim(table.shape, 0)];
    return {
      thread,
      call: { name: "gather", args },
      reads: [layout.span(table), [numbers, numbers + 4 * count]],
      writes: [[to, to + count * rowBytes]],
    };
  });
};

/** The calls of a scatter; threads take columns, so that rows are added up in one order. */
export const scatterSteps = (
  { mode, indices, updates, out }: ScatterItem,
  layout: Layout,
): readonly Step[] => {
  const columns = sizeOf(out.aval.shape.slice(1));
  const name = mode === "add" ? "scatterAdd" : "scatterSet";
  return divide(columns, sizeOf(updates.shape), layout.threads, (thread, start, count) => {
    const places = [
      layout.at(out) + 4 * start,
      layout.start(updates) + 4 * start,
      layout.start(indices),
    ];
    const args = [...places, sizeOf(indices.shape), columns * 4, count, dim(out.aval.shape, 0)];
    return {
      thread,
      call: { name, args },
      reads: [layout.span(updates), layout.span(indices)],
      writes: [layout.whole(out)],
    };
  });
};
