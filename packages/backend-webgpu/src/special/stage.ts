import { argMaxRule, argMinRule } from "./arg-reduce.ts";
import { cumLogSumExpRule, cumMaxRule, cumMinRule, cumProdRule, cumSumRule } from "./cumulative.ts";
import { dynamicUpdateSliceRule } from "./dynamic-update-slice.ts";
import { scatterRule } from "./scatter.ts";
import { sortRule } from "./sort.ts";
import type { SpecialRule } from "./special-plan.ts";
import { topKRule } from "./top-k.ts";

export type { Profile, SpecialPlan, SpecialRule, Temporary } from "./special-plan.ts";

/** Kernels of the primitives that are neither elementwise, movement, plain reductions, matrix products nor attention. */
export const specialRules: Readonly<Record<string, SpecialRule>> = {
  argMax: argMaxRule,
  argMin: argMinRule,
  cumLogSumExp: cumLogSumExpRule,
  cumMax: cumMaxRule,
  cumMin: cumMinRule,
  cumProd: cumProdRule,
  cumSum: cumSumRule,
  dynamicUpdateSlice: dynamicUpdateSliceRule,
  scatter: scatterRule,
  sort: sortRule,
  topK: topKRule,
};
