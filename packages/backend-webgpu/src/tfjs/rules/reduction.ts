import { flagParam, numberParam, numbersParam } from "@adjoint/core/passes";
import { exactOnly, forDTypes, one, type Rule, type RuleTable } from "./rule.ts";

const reduction = (kernel: string, dtype: string, key = "axis"): Rule =>
  forDTypes(
    [dtype],
    one((scope, x, { params }) => {
      const axes = numbersParam(params, "axes");
      if (axes.length === 0) return scope.apply("Identity", x);
      return scope.apply(kernel, x, { [key]: axes, keepDims: false });
    }),
  );

/** The kernels run along the last axis. */
const cumSum: Rule = one((scope, x, { params }) => {
  const axis = numberParam(params, "axis");
  const last = x.shape.length - 1;
  const swap = x.shape.map((_, i) => (i === axis ? last : i === last ? axis : i));
  const settings = { axis: last, exclusive: false, reverse: flagParam(params, "reverse") };
  return scope.transpose(scope.apply("Cumsum", scope.transpose(x, swap), settings), swap);
});

/** Reductions of floats and bools; those of integers overflow differently, and argMax and topK take NaN for less than anything. */
export const reductionRules: RuleTable = {
  sum: reduction("Sum", "float32"),
  prod: exactOnly(reduction("Prod", "float32")),
  reduceMax: exactOnly(reduction("Max", "float32", "reductionIndices")),
  reduceMin: exactOnly(reduction("Min", "float32")),
  all: reduction("All", "bool"),
  any: reduction("Any", "bool"),
  cumSum: exactOnly(forDTypes(["float32"], cumSum)), // a reversed sum in WGSL is compiled once for all lengths
};
