import { argMaxRule, argMinRule } from "./arg-reduce.ts";
import { cumLogSumExpRule, cumMaxRule, cumMinRule, cumProdRule, cumSumRule } from "./cumulative.ts";
import { choleskyRule } from "./cholesky.ts";
import { convRule } from "./conv.ts";
import { dynamicUpdateSliceRule } from "./dynamic-update-slice.ts";
import { luRule } from "./lu.ts";
import { qrRule } from "./qr.ts";
import { scatterRule } from "./scatter.ts";
import { sortRule } from "./sort.ts";
import type { SpecialRule } from "./special-plan.ts";
import { topKRule } from "./top-k.ts";
import { triangularSolveRule } from "./triangular-solve.ts";

export type { SpecialPlan, SpecialRule } from "./special-plan.ts";

/** Kernels of the primitives that are neither elementwise, movement, plain reductions, matrix products nor attention. */
export const specialRules: Readonly<Record<string, SpecialRule>> = {
  argMax: argMaxRule,
  argMin: argMinRule,
  cholesky: choleskyRule,
  conv: convRule,
  cumLogSumExp: cumLogSumExpRule,
  cumMax: cumMaxRule,
  cumMin: cumMinRule,
  cumProd: cumProdRule,
  cumSum: cumSumRule,
  dynamicUpdateSlice: dynamicUpdateSliceRule,
  lu: luRule,
  qr: qrRule,
  scatter: scatterRule,
  sort: sortRule,
  topK: topKRule,
  triangularSolve: triangularSolveRule,
};
