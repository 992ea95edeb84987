import type { Kernel } from "../kernel/kernel.ts";
import { gridOf, workgroupIndex } from "../kernel/kernel.ts";
import { size } from "../kernel/shape-marks.ts";
import { finishOf } from "./epilogue.ts";
import type { MatmulSpec } from "./matmul-spec.ts";
import type { TileVariant } from "./matmul-variant.ts";
import { partialsOf, splitsOf } from "./tile-kernel.ts";

/**
 * Adds the partial sums of a product with splits, f32 (splits, batch, m, n), in the order of k, and runs the epilogue: its
 * operands are the partial sums and then those of the epilogue.
 */
export const matmulReduceKernel = (spec: MatmulSpec, variant: TileVariant): Kernel => {
  const { m, n, batch, type = "f32" } = spec;
  const splits = splitsOf(spec, variant);
  const count = batch * m * n;
  const groups = Math.ceil(count / 256);
  const code = `${finishOf(spec)}
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) wid: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let place = ${workgroupIndex(groups)} * 256u + thread;
  if (place >= ${size(count)}) { return; }
  var sum = partials[place];
  for (var part = 1u; part < ${size(splits)}; part++) { sum += partials[part * ${size(count)} + place]; }
  let line = place / ${size(n)};
  finish(line / ${size(m)}, line % ${size(m)}, place % ${size(n)}, sum);
}`;
  const operands = [partialsOf("read", type), ...spec.operands];
  const bytes = 4 * count * (splits + 1);
  return {
    name: `${spec.name}_reduce`,
    operands,
    code,
    grid: gridOf(groups),
    flops: count * splits,
    bytes,
  };
};
