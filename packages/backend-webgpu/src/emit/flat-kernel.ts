import { Body } from "../body/body.ts";
import { size } from "../kernel/shape-marks.ts";
import { flatIndex, memberAt } from "../plan/space.ts";
import { KernelArrays } from "./arrays.ts";
import type { Emitted } from "./emitted.ts";
import { indented, kernelOf, type KernelText } from "./kernel-text.ts";
import { nameOf, type Unit } from "./unit.ts";

/** Invocations in a workgroup. */
const workgroup = 64;

/** Elements of one invocation where there are enough of them to keep all invocations busy. */
const runOf = (count: number, isSoftware: boolean): number => {
  if (isSoftware) return count >= 4096 ? 16 : 1;
  return count >= 2 ** 20 ? 4 : 1;
};

/** Statements for one element, or for several that lie a workgroup apart. */
const loop = (lines: readonly string[], count: number, run: number): readonly string[] => {
  const first = `group * ${run * workgroup}u + lid`;
  if (run === 1) return [`let i = ${first};`, `if (i >= ${size(count)}) { return; }`, ...lines];
  return [
    `let last = min((group + 1u) * ${run * workgroup}u, ${size(count)});`,
    `for (var i = ${first}; i < last; i += ${workgroup}u) {`,
    ...indented(lines),
    "}",
  ];
};

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
  // in order, so that long chains do not nest
  const values = [...cluster.members].map((v) => {
    const at = memberAt(space, v, "element");
    return { v, at, value: body.value(v, at) };
  });
  const stores = values.flatMap(({ v, at, value }) =>
    stored.has(v) ? [arrays.store(v, at, value)] : [],
  );
  const run = runOf(count, unit.isSoftware);
  const [outside, lines] = [body.take(0), [...body.take(1), ...stores]];
  const text: KernelText = {
    name: nameOf(unit),
    operands: arrays.operands,
    shared: [],
    workgroup,
    groups: Math.ceil(count / (run * workgroup)),
    body: [...outside, ...loop(lines, count, run)],
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
