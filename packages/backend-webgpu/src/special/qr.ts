import { sizeOf } from "@adjoint/core/backend";
import { size } from "../kernel/shape-marks.ts";
import { matrixKernel, matrixSizes, meet, reads, threadsFor, updates } from "./matrix-kernel.ts";
import { nothing, type SpecialRule } from "./special-plan.ts";

/** Sum over the workgroup of `own`, in `total`. */
const sum = (threads: number): string => `
    sums[lid] = own;
    for (var half = ${threads / 2}u; half > 0u; half >>= 1u) {
      workgroupBarrier();
      if (lid < half) { sums[lid] += sums[lid + half]; }
    }
    workgroupBarrier();
    let total = sums[0];`;

type Sizes = {
  readonly m: string;
  readonly n: string;
  readonly k: string;
  readonly threads: number;
};

/** Vectors stay below the diagonal of `work`; `heads` has their first elements and 2 over their squared lengths. */
const factor = ({ m, n, k, threads }: Sizes): string => `
  for (var j = 0u; j < ${k}; j++) {
    var own = 0.0;
    for (var i = j + 1u + lid; i < ${m}; i += ${threads}u) {
      let x = work[base + i * ${n} + j];
      own += x * x;
    }
${sum(threads)}
    let top = work[base + j * ${n} + j];
    let length = sqrt(top * top + total);
    let head = top + select(length, -length, top < 0.0);
    var scale = 0.0;
    if (total != 0.0) { scale = 2.0 / (head * head + total); }
    ${meet}
    if (scale != 0.0) {
      for (var c = j + 1u + lid; c < ${n}; c += ${threads}u) {
        var along = head * work[base + j * ${n} + c];
        for (var i = j + 1u; i < ${m}; i++) { along += work[base + i * ${n} + j] * work[base + i * ${n} + c]; }
        along *= scale;
        work[base + j * ${n} + c] -= along * head;
        for (var i = j + 1u; i < ${m}; i++) { work[base + i * ${n} + c] -= along * work[base + i * ${n} + j]; }
      }
      if (lid == 0u) { work[base + j * ${n} + j] = select(-length, length, top < 0.0); }
    }
    if (lid == 0u) {
      heads[(group * ${k} + j) * 2u] = head;
      heads[(group * ${k} + j) * 2u + 1u] = scale;
    }
    ${meet}
  }`;

/** Applies the reflections to the identity, last one first; a column needs no other. */
const accumulate = ({ m, n, k, threads }: Sizes): string => `
  for (var c = lid; c < ${k}; c += ${threads}u) {
    for (var i = 0u; i < ${m}; i++) { out0[orthonormal + i * ${k} + c] = select(0.0, 1.0, i == c); }
    for (var left = ${k}; left > 0u; left--) {
      let j = left - 1u;
      let head = heads[(group * ${k} + j) * 2u];
      let scale = heads[(group * ${k} + j) * 2u + 1u];
      if (scale == 0.0) { continue; }
      var along = head * out0[orthonormal + j * ${k} + c];
      for (var i = j + 1u; i < ${m}; i++) { along += work[base + i * ${n} + j] * out0[orthonormal + i * ${k} + c]; }
      along *= scale;
      out0[orthonormal + j * ${k} + c] -= along * head;
      for (var i = j + 1u; i < ${m}; i++) { out0[orthonormal + i * ${k} + c] -= along * work[base + i * ${n} + j]; }
    }
  }
  for (var e = lid; e < ${k} * ${n}; e += ${threads}u) {
    var value = 0.0;
    if (e % ${n} >= e / ${n}) { value = work[base + e]; }
    out1[group * ${k} * ${n} + e] = value;
  }`;

/** Reduced QR factors of a stack of float32 matrices by Householder reflections, a workgroup each. */
export const qrRule: SpecialRule = (_params, [x], _outputs, { isSoftware }) => {
  if (x === undefined || x.dtype !== "float32") return undefined;
  if (sizeOf(x.shape) === 0) return nothing;
  const [rows, columns, count] = matrixSizes(x);
  const least = Math.min(rows, columns);
  const threads = threadsFor(Math.max(rows, columns), isSoftware);
  const sizes = { m: size(rows), n: size(columns), k: size(least), threads };
  const body = `
  let base = group * ${size(rows * columns)};
  let orthonormal = group * ${size(rows * least)};
  for (var e = lid; e < ${size(rows * columns)}; e += ${threads}u) { work[base + e] = in0[base + e]; }
  ${meet}
${factor(sizes)}
${accumulate(sizes)}`;
  const kernel = matrixKernel({
    name: "qr",
    operands: [reads("in0"), updates("work"), updates("heads"), updates("out0"), updates("out1")],
    threads,
    groups: count,
    declarations: `var<workgroup> sums: array<f32, ${threads}>;\n`,
    body,
    flops: 4 * count * rows * columns * least,
    bytes: 16 * sizeOf(x.shape),
  });
  return {
    temporaries: [
      { name: "work", element: "f32", count: count * rows * columns },
      { name: "heads", element: "f32", count: count * least * 2 },
    ],
    kernels: [kernel],
  };
};
