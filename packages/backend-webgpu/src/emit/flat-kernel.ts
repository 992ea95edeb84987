import { Body } from "../body/body.ts";
import { gridOf, type Kernel, workgroupIndex } from "../kernel/kernel.ts";
import { size } from "../kernel/shape-marks.ts";
import { flatIndex, memberAt } from "../plan/space.ts";
import { withLibrary } from "./with-library.ts";
import { KernelArrays } from "./arrays.ts";
import type { Emitted } from "./emitted.ts";
import { nameOf, type Unit } from "./unit.ts";

/** Invocations in a workgroup. */
const workgroup = 64;

/** One invocation for each element of arrays of one size. */
export const flatKernel = (unit: Unit): Emitted => {
  const { planned, cluster, layouts, stored } = unit;
  const { space } = cluster;
  const count = space.kind === "flat" ? space.size : 0;
  const arrays = new KernelArrays(layouts);
  const body = new Body(planned.graph, (v, at) =>
    cluster.members.has(v) || !planned.arrays.has(v) ? undefined : arrays.load(v, at),
  );
  body.variable(flatIndex, 1);
  const stores = [...cluster.members].filter((v) => stored.has(v)).map((v) => {
    const at = memberAt(space, v, "element");
    return arrays.store(v, at, body.value(v, at));
  });
  const groups = Math.ceil(count / workgroup);
  const lines = [...body.take(0), ...body.take(1), ...stores];
  const code = withLibrary(`
@compute @workgroup_size(${workgroup})
fn main(@builtin(workgroup_id) wid: vec3<u32>, @builtin(local_invocation_index) lid: u32) {
  let i = ${workgroupIndex(groups)} * ${workgroup}u + lid;
  if (i >= ${size(count)}) { return; }
  ${lines.join("\n  ")}
}`);
  const kernel: Kernel = {
    name: nameOf(unit),
    operands: arrays.operands,
    code,
    grid: gridOf(groups),
    flops: count * lines.length,
    bytes: arrays.bytes,
  };
  return { kernel, storages: arrays.storages, elementwise: arrays.elementwise };
};
