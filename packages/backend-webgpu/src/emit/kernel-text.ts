import { type Kernel, type Operand, gridOf, workgroupIndex } from "../kernel/kernel.ts";
import { size } from "../kernel/shape-marks.ts";
import { withLibrary } from "./with-library.ts";

/**
 * A kernel in parts, so that several can be put together. The body knows `group`, the number of its workgroup, and
 * `lid`, that of the invocation in it; it may return early.
 */
export type KernelText = {
  readonly name: string;
  readonly operands: readonly Operand[];
  /** Declarations of workgroup memory. */
  readonly shared: readonly string[];
  /** Invocations of a workgroup. */
  readonly workgroup: number;
  /** Workgroups. */
  readonly groups: number;
  readonly body: readonly string[];
  readonly flops: number;
  readonly bytes: number;
};

/** Statements of a function, two spaces in. */
export const indented = (lines: readonly string[]): readonly string[] =>
  lines.flatMap((line) => line.split("\n")).map((line) => `  ${line}`);

/** The kernel that a text is on its own. */
export const kernelOf = ({
  name,
  operands,
  shared,
  workgroup,
  groups,
  body,
  flops,
  bytes,
}: KernelText): Kernel => {
  const code = withLibrary(`${shared.join("\n")}
@compute @workgroup_size(${workgroup})
fn main(@builtin(workgroup_id) wid: vec3<u32>, @builtin(local_invocation_index) lid: u32) {
  let group = ${workgroupIndex(groups)};
  if (group >= ${size(groups)}) { return; }
${indented(body).join("\n")}
}`);
  return { name, operands, code, grid: gridOf(groups), flops, bytes };
};
