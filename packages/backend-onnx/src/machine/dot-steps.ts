import { sizeOf } from "@adjoint/core/backend";
import { tileColumns, tileRows } from "./gemm-kernel.ts";
import type { DotItem } from "./item.ts";
import { indicesOf, type Layout, partOf, share, type Step, viewAt } from "./layout.ts";
import { type View, wholeView } from "./view.ts";

/** Below this many multiplications a product is not worth dividing. */
const smallestProduct = 100_000;

/** A call for matrices a (m, k) and b (k, n). */
const product = (
  layout: Layout,
  thread: number,
  a: View,
  b: View,
  out: View,
  alphaBits: number,
): Step => {
  const step = (view: View, axis: number): number => 4 * (view.strides[axis] ?? 0);
  const [m = 1, k = 1] = a.shape;
  const n = b.shape[1] ?? 1;
  // along an axis of one element any step will do, and dense is fastest
  const args = [
    ...[layout.start(a), step(a, 0), k === 1 ? 4 : step(a, 1)],
    ...[layout.start(b), step(b, 0), n === 1 ? 4 : step(b, 1)],
    ...[layout.start(out), step(out, 0), m, n, k, layout.scratch(thread), alphaBits],
  ];
  return {
    thread,
    call: { name: "gemm", args },
    reads: [layout.span(a), layout.span(b)],
    writes: [layout.span(out)],
  };
};

/** The calls of a product: threads take matrices of the batch, or else rows or columns, whichever are more. */
export const dotSteps = (
  { batch, a, b, out: name, alpha }: DotItem,
  layout: Layout,
): readonly Step[] => {
  const { threads } = layout;
  const rank = batch.length;
  const [m, k, n] = [a.shape[rank] ?? 1, a.shape[rank + 1] ?? 1, b.shape[rank + 1] ?? 1];
  const base = wholeView(name);
  const out: View = {
    ...base,
    shape: [...batch, m, n],
    strides: [...batch.map((_, i) => sizeOf(batch.slice(i + 1)) * m * n), n, 1],
  };
  const indices = indicesOf(batch);
  const [bits = 0] = new Int32Array(Float32Array.of(alpha).buffer);
  const isShared = threads > 1 && m * n * k * indices.length >= smallestProduct;
  return indices.flatMap((index, i) => {
    const [x, y, z] = [viewAt(a, index), viewAt(b, index), viewAt(out, index)];
    if (!isShared) return [product(layout, 0, x, y, z, bits)];
    if (indices.length >= threads)
      return [product(layout, Math.floor((i * threads) / indices.length), x, y, z, bits)];
    return Array.from({ length: threads }, (_, thread) => {
      const isByRows = m >= n;
      const [start, count] = isByRows
        ? share(m, tileRows, thread, threads)
        : share(n, tileColumns, thread, threads);
      if (count === 0) return [];
      if (isByRows)
        return [
          product(layout, thread, partOf(x, 0, start, count), y, partOf(z, 0, start, count), bits),
        ];
      return [
        product(layout, thread, x, partOf(y, 1, start, count), partOf(z, 1, start, count), bits),
      ];
    }).flat();
  });
};
