import { gridOf, type Kernel, workgroupIndex } from "../kernel/kernel.ts";
import { size } from "../kernel/shape-marks.ts";
import { accessTo } from "./array-access.ts";
import { type AttentionSpec, groupsOf } from "./attention-spec.ts";
import { kernelOf } from "./kernel-of.ts";

const group = 64;

/**
 * What the kernels of the derivative need to know of every query: `statistics` (batch, heads, queryLength, 2) holds its
 * log-sum-exp, from `lse`, and the sum of dy * y. Reads `lse`, `y` and `dy`.
 */
export const attentionDelta = (spec: AttentionSpec): Kernel => {
  const { batch, heads, queryLength, valueSize } = spec;
  const access = accessTo(spec, ["y", "dy"]);
  const total = batch * heads * queryLength;
  const count = Math.ceil(total / group);
  const code = `${access.code}
@compute @workgroup_size(${group})
fn main(@builtin(workgroup_id) wid: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let row = ${workgroupIndex(count)} * ${group}u + lane;
  if (row >= ${size(total)}) { return; }
  let t = row % ${size(queryLength)};
  let h = (row / ${size(queryLength)}) % ${size(heads)};
  let b = row / ${size(queryLength * heads)};
  let yStart = start_y(b, h, t);
  let dyStart = start_dy(b, h, t);
  var sum = 0.0;
  for (var g = 0u; g < ${size(groupsOf(valueSize))}; g++) { sum += dot(load_y(yStart, g), load_dy(dyStart, g)); }
  statistics[2u * row] = lse[row];
  statistics[2u * row + 1u] = sum;
}`;
  return {
    ...kernelOf(spec, {
      name: "attention_delta",
      operands: [
        ...access.operands,
        { name: "lse", element: "f32", access: "read" },
        { name: "statistics", element: "f32", access: "write" },
      ],
      code,
      grid: gridOf(count),
      parts: ["y", "dy"],
      products: 0,
    }),
    flops: total * valueSize,
  };
};
