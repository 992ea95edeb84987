import type { Eqn, Literal, Var } from "@adjoint/core/backend";
import type { Storage } from "../emit/arrays.ts";
import type { Kernel } from "../kernel/kernel.ts";

/** One dispatch: a kernel and the storage of each of its operands. */
export type KernelStep = {
  readonly kind: "kernel";
  readonly kernel: Kernel;
  readonly storages: readonly Storage[];
  /** For storage that is read: where each invocation writes just the place that it alone has read there. */
  readonly elementwise?: Elementwise;
};

/** Storage that may share its place with storage that is read. */
export type Elementwise = ReadonlyMap<Storage, ReadonlySet<Storage>>;

/** An equation that the reference kernels compute on the host: its operands are read back, its results uploaded. */
export type HostStep = {
  readonly kind: "host";
  readonly eqn: Eqn;
  readonly inputs: readonly (HostOperand | Literal)[];
  readonly outputs: readonly HostOperand[];
};

export type HostOperand = { readonly kind: "array"; readonly variable: Var; readonly storage: Storage };

/** What a program does, in order. */
export type Step = KernelStep | HostStep;

/** Storage that a step reads and writes. */
export const storagesOf = (step: Step): readonly Storage[] =>
  step.kind === "kernel"
    ? step.storages
    : [...step.inputs, ...step.outputs].flatMap((x) => (x.kind === "array" ? [x.storage] : []));
