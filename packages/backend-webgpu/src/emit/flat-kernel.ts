import { Body } from "../body/body.ts";
import { size } from "../kernel/shape-marks.ts";
import { flatIndex, memberAt } from "../plan/space.ts";
import { KernelArrays } from "./arrays.ts";
import type { Emitted } from "./emitted.ts";
import { kernelOf, type KernelText } from "./kernel-text.ts";
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
  const lines = [...body.take(0), ...body.take(1), ...stores];
  const text: KernelText = {
    name: nameOf(unit),
    operands: arrays.operands,
    shared: [],
    workgroup,
    groups: Math.ceil(count / workgroup),
    body: [
      `let i = group * ${workgroup}u + lid;`,
      `if (i >= ${size(count)}) { return; }`,
      ...lines,
    ],
    flops: count * lines.length,
    bytes: arrays.bytes,
  };
  return {
    kernel: kernelOf(text),
    text,
    storages: arrays.storages,
    elementwise: arrays.elementwise,
  };
};
