import { type Aval, dim, sizeOf } from "@adjoint/core/backend";
import { gridOf, type Kernel, type Operand, workgroupIndex } from "../kernel/kernel.ts";
import { size } from "../kernel/shape-marks.ts";
import { operand } from "./storage.ts";

/** Rows, columns and number of the matrices of a stack. */
export const matrixSizes = ({
  shape,
}: Aval): readonly [rows: number, columns: number, count: number] => [
  dim(shape, shape.length - 2),
  dim(shape, shape.length - 1),
  sizeOf(shape.slice(0, -2)),
];

/** Waits until all invocations of the workgroup have written to storage, and sees what they wrote. */
export const meet = "workgroupBarrier(); storageBarrier();";

type MatrixKernel = {
  readonly name: string;
  readonly operands: readonly Operand[];
  readonly threads: number;
  /** Workgroups; the number of the running one is `group`. */
  readonly groups: number;
  /** Functions and workgroup variables. */
  readonly declarations?: string;
  /** Statements in terms of `group` and `lid`. */
  readonly body: string;
  readonly flops: number;
  readonly bytes: number;
};

/** A kernel whose workgroups each work on a matrix in storage, with barriers between the steps. */
export const matrixKernel = (k: MatrixKernel): Kernel => ({
  name: k.name,
  operands: k.operands,
  code: `${k.declarations ?? ""}
@compute @workgroup_size(${k.threads})
fn main(@builtin(workgroup_id) wid: vec3<u32>, @builtin(local_invocation_index) lid: u32) {
  let group = ${workgroupIndex(k.groups)};
  if (group >= ${size(k.groups)}) { return; }
${k.body}
}`,
  grid: gridOf(k.groups),
  flops: k.flops,
  bytes: k.bytes,
});

/** A float32 array that a kernel reads. */
export const reads = (name: string): Operand => operand(name, "f32", "read");

/** A float32 array that a kernel works on. */
export const updates = (name: string): Operand => operand(name, "f32", "update");

/** Invocations that share `work` independent pieces. */
export const threadsFor = (work: number, isSoftware: boolean): number => {
  const most = isSoftware ? 64 : 256;
  return Math.min(most, Math.max(32, 2 ** Math.ceil(Math.log2(Math.max(1, work)))));
};
