import type { Eqn, Literal, Var } from "@adjoint/core/backend";
import type { Storage } from "../emit/arrays.ts";
import type { Emitted } from "../emit/emitted.ts";
import type { KernelText } from "../emit/kernel-text.ts";
import type { Program } from "./program.ts";

/** Storage that may share its place with storage that is read: each invocation writes just what it alone has read. */
export type Elementwise = ReadonlyMap<Storage, ReadonlySet<Storage>>;

/** One dispatch: a kernel and the storage of each of its operands. */
export type KernelStep = Emitted & { readonly kind: "kernel" };

/** A kernel that can be put together with others. */
export type GroupMember = Emitted & { readonly text: KernelText };

/** Kernels that do not depend on each other, as one dispatch. */
export type GroupStep = { readonly kind: "group"; readonly members: readonly GroupMember[] };

/** An equation that the reference kernels compute on the host: its operands are read back, its results uploaded. */
export type HostStep = {
  readonly kind: "host";
  readonly eqn: Eqn;
  readonly inputs: readonly (HostOperand | Literal)[];
  readonly outputs: readonly HostOperand[];
};

export type HostOperand = {
  readonly kind: "array";
  readonly variable: Var;
  readonly storage: Storage;
};

/** Arrays that control flow passes to its programs and gets from them, and memory that they work in. */
type ControlArrays = {
  readonly inputs: readonly HostOperand[];
  readonly outputs: readonly HostOperand[];
  readonly workspace: Storage;
};

/** A program that runs for each element of sequences, one after the other, and passes on what it carries. */
export type ScanStep = ControlArrays & {
  readonly kind: "scan";
  readonly body: Program;
  readonly numConsts: number;
  readonly numCarry: number;
  readonly length: number;
  readonly reverse: boolean;
};

/** A program that runs as long as another says so; the host reads what that says. */
export type WhileStep = ControlArrays & {
  readonly kind: "while";
  readonly condition: Program;
  readonly body: Program;
  readonly numCondConsts: number;
  readonly numBodyConsts: number;
};

/** One of several programs, chosen by the first input, which the host reads. */
export type BranchStep = ControlArrays & {
  readonly kind: "branch";
  readonly branches: readonly Program[];
};

/** Control flow. */
export type ControlStep = ScanStep | WhileStep | BranchStep;

/** What a program does, in order. */
export type Step = KernelStep | GroupStep | HostStep | ControlStep;

/** Whether a step is kernels, and no more. */
export const isKernels = (step: Step): step is KernelStep | GroupStep =>
  step.kind === "kernel" || step.kind === "group";

/** Whether a step waits for the host. */
export const isWaiting = (step: Step): boolean => {
  if (step.kind === "kernel" || step.kind === "group") return false;
  return step.kind === "scan" ? step.body.steps.some(isWaiting) : true;
};

/** Storage that a step reads and writes. */
export const storagesOf = (step: Step): readonly Storage[] => {
  switch (step.kind) {
    case "kernel":
      return step.storages;
    case "group":
      return step.members.flatMap((member) => member.storages);
    case "host":
      return [...step.inputs, ...step.outputs].flatMap((x) =>
        x.kind === "array" ? [x.storage] : [],
      );
    default:
      return [...step.inputs, ...step.outputs]
        .map((x) => x.storage)
        .concat(step.workspace.size === 0 ? [] : [step.workspace]);
  }
};

/** Storage that a step writes. */
export const writtenBy = (step: Step): readonly Storage[] => {
  if (step.kind !== "kernel" && step.kind !== "group") return step.outputs.map((x) => x.storage);
  const members = step.kind === "group" ? step.members : [step];
  return members.flatMap(({ kernel, storages }) =>
    storages.filter((_, i) => kernel.operands[i]?.access !== "read"),
  );
};

/** Whether storage that a step reads may be where it writes other storage. */
export const mayShare = (step: Step | undefined, read: Storage, written: Storage): boolean => {
  if (step === undefined || (step.kind !== "kernel" && step.kind !== "group")) return false;
  const members = step.kind === "group" ? step.members : [step];
  const users = members.filter(({ storages }) => storages.includes(read));
  return users.length === 1 && users[0]?.elementwise?.get(read)?.has(written) === true;
};
