import type { Grid } from "../kernel/kernel.ts";
import { gridOf, workgroupIndex } from "../kernel/kernel.ts";
import { size } from "../kernel/shape-marks.ts";
import type { MatmulShape } from "./matmul-spec.ts";

/** How the workgroups of a product are counted: parts of k, matrices, tile columns, tile rows (fastest). */
export type Place = { readonly grid: Grid; readonly code: string };

/**
 * Grid and WGSL that finds `part`, `batch`, and the first `row` and `column` of a workgroup whose tile is
 * `tileRows` x `tileColumns`; neighbours in the grid share columns of B, which then stay in the cache.
 */
export const placeOf = (
  shape: Pick<MatmulShape, "m" | "n" | "batch">,
  tileRows: number,
  tileColumns: number,
  splits: number,
): Place => {
  const down = Math.ceil(shape.m / tileRows);
  const across = Math.ceil(shape.n / tileColumns);
  const count = down * across * shape.batch * splits;
  const code = `let place = ${workgroupIndex(count)};
  if (place >= ${size(count)}) { return; }
  let plane = place / ${size(down * across)};
  let inPlane = place % ${size(down * across)};
  let part = plane / ${size(shape.batch)};
  let batch = plane % ${size(shape.batch)};
  let tileRow = (inPlane % ${size(down)}) * ${tileRows}u;
  let tileColumn = (inPlane / ${size(down)}) * ${tileColumns}u;`;
  return { grid: gridOf(count), code };
};

/** Multiplications and additions, and bytes touched at least once, epilogue aside. */
export const costOf = ({
  m,
  n,
  k,
  batch,
  a,
  b,
}: MatmulShape): { readonly flops: number; readonly bytes: number } => ({
  flops: 2 * batch * m * n * k,
  bytes: batch * (m * k * (a.half ? 2 : 4) + k * n * (b.half ? 2 : 4) + 4 * m * n),
});
