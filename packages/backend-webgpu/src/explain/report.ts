import type { Shape } from "@adjoint/core/backend";
import type { Access, Element, Grid } from "../kernel/kernel.ts";
import { reportText } from "./report-text.ts";

/** An array that a kernel reads or writes. */
export type OperandReport = {
  /** Name in the WGSL of the kernel; in dispatches of several kernels with the name of its own in front. */
  readonly name: string;
  readonly element: Element;
  /** Undefined for memory that is no array of the program, such as parts of sums. */
  readonly shape: Shape | undefined;
  readonly elements: number;
  readonly access: Access;
  /** Where it lies, such as `input 0`, `result 1` or `scratch`; `state` is memory that donated inputs leave to results. */
  readonly place: string;
};

/** One dispatch. */
export type KernelReport = {
  /** The operations in it. */
  readonly name: string;
  readonly operands: readonly OperandReport[];
  /** Workgroups. */
  readonly grid: Grid;
  /** Invocations of a workgroup. */
  readonly workgroup: number;
  /** Invocations of the whole dispatch. */
  readonly invocations: number;
  /** Multiplications and additions, estimated. */
  readonly flops: number;
  /** Bytes of its arrays, each counted once. */
  readonly bytes: number;
  /** Flops for each byte. */
  readonly intensity: number;
  /** How often a run dispatches it: 1, or the turns of the loops around it. */
  readonly turns: number;
  /** The shader, made readable. */
  readonly wgsl: string;
};

/** What a program does, in order. */
export type StepReport =
  | { readonly kind: "kernel"; readonly kernel: KernelReport }
  /** An operation that the host computes: its operands are read back, its results uploaded. */
  | { readonly kind: "host"; readonly name: string }
  | {
      readonly kind: "loop";
      readonly name: "scan" | "while condition" | "while" | "branch";
      /** Undefined where the program's data decides. */
      readonly turns: number | undefined;
      readonly steps: readonly StepReport[];
    };

/** Sums over a program. Loops whose data decides how often they turn count as one turn. */
export type ReportTotals = {
  /** Kernels in the program. */
  readonly kernels: number;
  /** Kernels dispatched in a run: those in loops count once a turn. */
  readonly dispatches: number;
  /** How often a run hands commands to the GPU: once, and once more wherever it waits. */
  readonly submits: number;
  /** Shaders that are not compiled yet on this device. */
  readonly pipelines: number;
  readonly flops: number;
  /** Bytes that kernels read and write in a run. */
  readonly bytes: number;
  /** Bytes of GPU memory: all of the following. */
  readonly peakBytes: number;
  readonly inputBytes: number;
  readonly constantBytes: number;
  readonly resultBytes: number;
  /** Of donated inputs that results are written over. */
  readonly stateBytes: number;
  readonly scratchBytes: number;
};

/** What the compiler made of a function. */
export class Report {
  readonly name: string;
  readonly steps: readonly StepReport[];
  readonly totals: ReportTotals;

  constructor(name: string, steps: readonly StepReport[], totals: ReportTotals) {
    this.name = name;
    this.steps = steps;
    this.totals = totals;
  }

  /** All kernels in order, those in loops once. */
  get kernels(): readonly KernelReport[] {
    return kernelsIn(this.steps);
  }

  /** A table of the kernels with the totals. */
  toString(): string {
    return reportText(this);
  }
}

/** The kernels of steps, in order. */
export const kernelsIn = (steps: readonly StepReport[]): readonly KernelReport[] =>
  steps.flatMap((step) => {
    if (step.kind === "kernel") return [step.kernel];
    return step.kind === "loop" ? kernelsIn(step.steps) : [];
  });
