import { isReduction, type KernelValue, type ReductionStep } from "./analyze-kernel.ts";
import type { FunctionBuilder } from "./function-builder.ts";
import { type Expr, f32x4, getLocal, type Local, permuteLanes, setLocal } from "./instructions.ts";
import type { KernelProgram, KernelReduction } from "./kernel-program.ts";

/** A row reduction under way: four partial results, and the result over the columns that do not fill four lanes. */
export type RowReduction = {
  readonly value: number;
  readonly step: ReductionStep;
  readonly wide: Local<"f32x4">;
  readonly rest: Local<"f32x4">;
};

/** Starts the reductions whose results belong to the next stage. */
export function startReductions(
  builder: FunctionBuilder,
  program: KernelProgram,
  values: readonly KernelValue[],
  stage: number,
): readonly RowReduction[] {
  return program.steps.flatMap((step, index) => {
    const value = index + program.inputs.length;
    if (!isReduction(step) || values[value]?.stage !== stage + 1) return [];
    const reduction = { value, step, wide: builder.local("f32x4"), rest: builder.local("f32x4") };
    const start = builder.constant(f32x4.constant(identities[step.op]));
    builder.emit(setLocal(reduction.wide, start));
    builder.emit(setLocal(reduction.rest, start));
    return [reduction];
  });
}

/** Takes in four columns, or one. */
export function accumulate(
  builder: FunctionBuilder,
  reduction: RowReduction,
  wide: boolean,
  lanes: Expr<"f32x4">,
): void {
  const target = wide ? reduction.wide : reduction.rest;
  builder.emit(setLocal(target, combine(reduction.step.op, getLocal(target), lanes)));
}

/** The result over the whole row, in every lane. */
export function finishReduction(
  builder: FunctionBuilder,
  { step, wide, rest }: RowReduction,
): Expr<"f32x4"> {
  const lanes = getLocal(wide);
  const pairs = builder.keep(combine(step.op, lanes, permuteLanes(lanes, [2, 3, 0, 1])));
  const across = combine(step.op, pairs, permuteLanes(pairs, [1, 0, 3, 2]));
  return builder.keep(combine(step.op, across, getLocal(rest)));
}

const identities: Readonly<Record<KernelReduction, number>> = {
  rowSum: 0,
  rowMax: -Infinity,
  rowMin: Infinity,
};

function combine(op: KernelReduction, left: Expr<"f32x4">, right: Expr<"f32x4">): Expr<"f32x4"> {
  if (op === "rowSum") return f32x4.add(left, right);
  return op === "rowMax" ? f32x4.max(left, right) : f32x4.min(left, right);
}
