import { sizeOf } from "@adjoint/core/backend";
import { size } from "../kernel/shape-marks.ts";
import { matrixKernel, matrixSizes, meet, reads, threadsFor, updates } from "./matrix-kernel.ts";
import { nothing, type SpecialRule } from "./special-plan.ts";

/** One step: the pivot's root, the column below it, and what that column takes from the rest of the lower triangle. */
const step = (n: string, threads: number): string => `
  for (var j = 0u; j < ${n}; j++) {
    let pivot = out0[base + j * ${n} + j];
    let bits = bitcast<u32>(pivot);
    let negative_or_nan = bits > 0x7f800000u && bits != 0x80000000u;
    if (negative_or_nan || (pivot == 0.0 && j + 1u < ${n})) { failed = true; }
    let root = sqrt(max(pivot, 0.0));
    ${meet}
    for (var i = j + lid; i < ${n}; i += ${threads}u) {
      let here = base + i * ${n} + j;
      if (i == j) { out0[here] = root; } else { out0[here] = out0[here] / root; }
    }
    ${meet}
    let left = ${n} - j - 1u;
    for (var e = lid; e < left * left; e += ${threads}u) {
      let i = j + 1u + e / left;
      let c = j + 1u + e % left;
      if (c <= i) { out0[base + i * ${n} + c] -= out0[base + i * ${n} + j] * out0[base + c * ${n} + j]; }
    }
    ${meet}
  }`;

/**
 * Lower Cholesky factors of a stack of float32 matrices, a workgroup each; NaN in the lower triangle of those that are not
 * positive definite.
 */
export const choleskyRule: SpecialRule = (_params, [x], _outputs, { isSoftware }) => {
  if (x === undefined || x.dtype !== "float32") return undefined;
  if (sizeOf(x.shape) === 0) return nothing;
  const [rows, , count] = matrixSizes(x);
  const n = size(rows);
  const threads = threadsFor(rows * rows, isSoftware);
  const body = `
  let base = group * ${size(rows * rows)};
  var failed = false;
  for (var e = lid; e < ${size(rows * rows)}; e += ${threads}u) {
    var value = 0.0;
    if (e % ${n} <= e / ${n}) { value = in0[base + e]; }
    out0[base + e] = value;
  }
  ${meet}
${step(n, threads)}
  for (var e = lid; e < ${size(rows * rows)}; e += ${threads}u) {
    if ((bitcast<u32>(out0[base + e]) & 0x7fffffffu) > 0x7f800000u) { failed = true; }
  }
  if (failed) { atomicStore(&failures, 1u); }
  workgroupBarrier();
  if (atomicLoad(&failures) != 0u) {
    for (var e = lid; e < ${size(rows * rows)}; e += ${threads}u) {
      if (e % ${n} <= e / ${n}) { out0[base + e] = bitcast<f32>(not_a_number); }
    }
  }`;
  const kernel = matrixKernel({
    name: "cholesky",
    operands: [reads("in0"), updates("out0")],
    threads,
    groups: count,
    declarations: `var<workgroup> failures: atomic<u32>;
var<private> not_a_number: u32 = 0x7fc00000u;
`,
    body,
    flops: (count * rows ** 3) / 3,
    bytes: 8 * sizeOf(x.shape),
  });
  return { temporaries: [], kernels: [kernel] };
};
