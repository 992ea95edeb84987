import { type Atom, BackendError, type Eqn, sizeOf, type Var } from "@adjoint/core/backend";
import type {
  KernelAxes,
  KernelInput,
  KernelOutput,
  KernelProgram,
} from "../wasm/kernel-program.ts";
import { isTotal } from "./fusible.ts";
import type { KernelGroup } from "./kernel-groups.ts";
import { kernelTypeOf } from "./kernel-type.ts";
import { StepBuilder } from "./step-builder.ts";
import { stepRules } from "./step-rules.ts";
import { readBy } from "./tail.ts";

/** A kernel program, the lengths of its loops, and the names of its arrays. */
export type BuiltKernel = {
  readonly program: KernelProgram;
  /** Blocks, rows, columns. */
  readonly lengths: readonly [number, number, number];
  readonly inputs: readonly Var[];
  readonly outputs: readonly Var[];
};

const whole: KernelAxes = { blocks: true, rows: true, columns: true };
const single: KernelAxes = { blocks: false, rows: false, columns: false };

const typeOf = (atom: Atom): KernelInput["dtype"] => {
  const type = kernelTypeOf(atom.aval.dtype);
  if (type === undefined)
    throw new BackendError({
      operation: "kernel",
      rule: "takes 32-bit numbers and bools",
      got: atom.aval.dtype,
    });
  return type;
};

const longestRow = 4096;

/** Rows are short where there are sums, so that partial sums in float32 stay small; one row otherwise. */
const rowLength = (extent: number, sums: boolean): number => {
  if (!sums) return extent;
  for (let columns = Math.min(extent, longestRow); columns > longestRow / 8; columns--)
    if (extent % columns === 0) return columns;
  return extent;
};

/** Numbers of the values of a kernel while its steps are added. */
class Numbering {
  readonly steps: StepBuilder;
  readonly #numbers = new Map<Var, number>();

  constructor(inputs: readonly Var[], types: readonly KernelInput[]) {
    this.steps = new StepBuilder(types);
    inputs.forEach((v, i) => this.#numbers.set(v, i));
  }

  read(atom: Atom): number {
    return atom.kind === "literal"
      ? this.steps.constant(typeOf(atom), atom.value)
      : (this.#numbers.get(atom) ?? 0);
  }

  add(eqn: Eqn): void {
    const args = eqn.inputs.map((a) => this.read(a));
    const [result] = eqn.outputs;
    const value = isTotal(eqn)
      ? this.steps.add({ op: "rowSum", args: [args[0] ?? 0] })
      : stepRules[eqn.primitive.name]?.(this.steps, args, eqn);
    if (result !== undefined && value !== undefined) this.#numbers.set(result, value);
  }
}

/** Writes the equations of a group as one kernel; `isRead` tells which of its names something else reads. */
export const buildKernel = (
  { eqns, extent }: KernelGroup,
  isRead: (variable: Var) => boolean,
): BuiltKernel => {
  const inputs = readBy(eqns);
  const types = inputs.map((v) => ({
    dtype: typeOf(v),
    axes: sizeOf(v.aval.shape) === extent ? whole : single,
  }));
  const numbering = new Numbering(inputs, types);
  const totals = new Set(eqns.filter(isTotal).flatMap((e) => e.outputs));
  for (const eqn of eqns) numbering.add(eqn);
  const outputs = eqns.flatMap((e) => e.outputs).filter(isRead);
  const written = outputs.map((v): KernelOutput => ({
    value: numbering.read(v),
    axes: totals.has(v) ? single : whole,
  }));
  const columns = rowLength(extent, totals.size > 0);
  return {
    program: { inputs: types, steps: numbering.steps.steps, outputs: written },
    lengths: [1, extent / columns, columns],
    inputs,
    outputs,
  };
};
