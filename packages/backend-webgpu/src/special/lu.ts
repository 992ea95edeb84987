import { sizeOf } from "@adjoint/core/backend";
import { size } from "../kernel/shape-marks.ts";
import { matrixKernel, matrixSizes, meet, reads, threadsFor, updates } from "./matrix-kernel.ts";
import { nothing, type SpecialRule } from "./special-plan.ts";
import { operand } from "./storage.ts";

/** Row of the first largest magnitude of column j from row j on. NaN is never larger, and nothing is larger than NaN. */
const pivot = (n: string, threads: number): string => `
    var best = 0u;
    var best_row = j;
    for (var i = j + lid; i < ${n}; i += ${threads}u) {
      var key = bitcast<u32>(out0[base + i * ${n} + j]) & 0x7fffffffu;
      if (key > 0x7f800000u) { key = select(0u, key, i == j); }
      if (key > best) { best = key; best_row = i; }
    }
    keys[lid] = best;
    rows[lid] = best_row;
    for (var half = ${threads / 2}u; half > 0u; half >>= 1u) {
      workgroupBarrier();
      if (lid < half) {
        let other = lid + half;
        if (keys[other] > keys[lid] || (keys[other] == keys[lid] && rows[other] < rows[lid])) {
          keys[lid] = keys[other];
          rows[lid] = rows[other];
        }
      }
    }
    workgroupBarrier();
    let swap = rows[0];`;

const step = (n: string, threads: number): string => `
  for (var j = 0u; j < ${n}; j++) {
${pivot(n, threads)}
    if (swap != j) {
      for (var c = lid; c < ${n}; c += ${threads}u) {
        let value = out0[base + j * ${n} + c];
        out0[base + j * ${n} + c] = out0[base + swap * ${n} + c];
        out0[base + swap * ${n} + c] = value;
      }
      if (lid == 0u) {
        let value = out1[first + j];
        out1[first + j] = out1[first + swap];
        out1[first + swap] = value;
      }
    }
    ${meet}
    let head = out0[base + j * ${n} + j];
    let left = ${n} - j - 1u;
    if (head != 0.0) {
      for (var i = j + 1u + lid; i < ${n}; i += ${threads}u) { out0[base + i * ${n} + j] /= head; }
    }
    ${meet}
    if (head != 0.0) {
      for (var e = lid; e < left * left; e += ${threads}u) {
        let i = j + 1u + e / left;
        let c = j + 1u + e % left;
        out0[base + i * ${n} + c] -= out0[base + i * ${n} + j] * out0[base + j * ${n} + c];
      }
    }
    ${meet}
  }`;

/** LU factors with row pivoting of a stack of float32 matrices, a workgroup each. */
export const luRule: SpecialRule = (_params, [x], _outputs, { isSoftware }) => {
  if (x === undefined || x.dtype !== "float32") return undefined;
  if (sizeOf(x.shape) === 0) return nothing;
  const [rows, , count] = matrixSizes(x);
  const n = size(rows);
  const threads = threadsFor(rows * rows, isSoftware);
  const body = `
  let base = group * ${size(rows * rows)};
  let first = group * ${n};
  for (var e = lid; e < ${size(rows * rows)}; e += ${threads}u) { out0[base + e] = in0[base + e]; }
  for (var i = lid; i < ${n}; i += ${threads}u) { out1[first + i] = i32(i); }
  ${meet}
${step(n, threads)}`;
  const kernel = matrixKernel({
    name: "lu",
    operands: [reads("in0"), updates("out0"), operand("out1", "i32", "update")],
    threads,
    groups: count,
    declarations: `var<workgroup> keys: array<u32, ${threads}>;
var<workgroup> rows: array<u32, ${threads}>;
`,
    body,
    flops: (2 * count * rows ** 3) / 3,
    bytes: 8 * sizeOf(x.shape),
  });
  return { temporaries: [], kernels: [kernel] };
};
