import { sizeOf } from "@adjoint/core/backend";
import { size } from "../kernel/shape-marks.ts";
import { matrixKernel, matrixSizes, meet, reads, threadsFor, updates } from "./matrix-kernel.ts";
import { flagOf } from "./settings.ts";
import { nothing, type SpecialRule } from "./special-plan.ts";

/** Right-hand sides that a workgroup solves for. */
const tile = 16;

/** Solves triangular systems in float32: unknown after unknown, each taken out of the remaining rows at once. */
export const triangularSolveRule: SpecialRule = (params, [, b], _outputs, { isSoftware }) => {
  if (b === undefined || b.dtype !== "float32") return undefined;
  if (sizeOf(b.shape) === 0) return nothing;
  const [rows, columns, count] = matrixSizes(b);
  const [n, k] = [size(rows), size(columns)];
  const tiles = Math.ceil(columns / tile);
  const transpose = flagOf(params, "transposeA");
  const forward = flagOf(params, "lower") !== transpose;
  const entry = (row: string, column: string): string =>
    transpose
      ? `in0[matrix + ${column} * ${n} + ${row}]`
      : `in0[matrix + ${row} * ${n} + ${column}]`;
  const width = Math.min(tile, columns);
  const threads = threadsFor(rows * width, isSoftware);
  const divide = `
    for (var c = lid; c < wide; c += ${threads}u) {
      let here = base + row * ${k} + c;
      out0[here] = out0[here] / ${entry("row", "row")};
    }
    ${meet}`;
  const body = `
  let matrix = group / ${size(tiles)} * ${size(rows * rows)};
  let first = group % ${size(tiles)} * ${tile}u;
  let base = group / ${size(tiles)} * ${size(rows * columns)} + first;
  let wide = min(${tile}u, ${k} - first);
  for (var e = lid; e < ${n} * wide; e += ${threads}u) {
    let here = base + e / wide * ${k} + e % wide;
    out0[here] = in1[here];
  }
  ${meet}
  for (var done = 0u; done < ${n}; done++) {
    let row = ${forward ? "done" : `${n} - 1u - done`};${flagOf(params, "unitDiagonal") ? "" : divide}
    for (var e = lid; e < (${n} - 1u - done) * wide; e += ${threads}u) {
      let other = e / wide${forward ? " + done + 1u" : ""};
      let c = e % wide;
      out0[base + other * ${k} + c] -= ${entry("other", "row")} * out0[base + row * ${k} + c];
    }
    ${meet}
  }`;
  const kernel = matrixKernel({
    name: "triangular_solve",
    operands: [reads("in0"), reads("in1"), updates("out0")],
    threads,
    groups: count * tiles,
    body,
    flops: count * rows * rows * columns,
    bytes: 4 * (count * rows * rows + 2 * sizeOf(b.shape)),
  });
  return { temporaries: [], kernels: [kernel] };
};
