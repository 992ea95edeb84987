import { dim } from "@adjoint/core/backend";
import { numberParam, numbersParam } from "@adjoint/core/passes";
import { one, type Rule, type RuleTable, tensorsOf, two } from "./rule.ts";

const slice: Rule = one((scope, x, { params, aval }) => {
  const begin = numbersParam(params, "start");
  const strides = numbersParam(params, "strides");
  if (strides.every((s) => s === 1)) return scope.apply("Slice", x, { begin, size: aval.shape });
  const end = numbersParam(params, "limit");
  const masks = { beginMask: 0, endMask: 0, ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask: 0 };
  return scope.apply("StridedSlice", x, { begin, end, strides, ...masks });
});

/** Padding around only, with a value that is known. */
const pad: Rule = one((scope, x, { inputs, params }) => {
  const [low, high] = [numbersParam(params, "low"), numbersParam(params, "high")];
  const constantValue = inputs[1]?.host?.data[0];
  const isSimple = numbersParam(params, "interior").every((n) => n === 0);
  if (constantValue === undefined || !isSimple || [...low, ...high].some((n) => n < 0))
    return undefined;
  const paddings = low.map((n, i) => [n, dim(high, i)]);
  return scope.apply("PadV2", x, { paddings, constantValue });
});

/** Rows of the first axis; the kernels want indices in range, so they are clamped before, as `gather` has it. */
const gather: Rule = two((scope, x, indices, { params, aval }) => {
  const axis = 0;
  if (numberParam(params, "batchDims") !== 0 || indices.shape.at(-1) !== 1) return undefined;
  const last = scope.scalar(dim(x.shape, axis) - 1, "int32");
  const inside = scope.pair(
    "Maximum",
    scope.pair("Minimum", indices, last),
    scope.scalar(0, "int32"),
  );
  const places = scope.reshape(inside, [indices.shape.reduce((n, d) => n * d, 1)]);
  const rows = scope.run("GatherV2", { x, indices: places }, { axis, batchDims: 0 });
  return scope.reshape(rows, aval.shape);
});

/** Operations that only move elements. */
export const movementRules: RuleTable = {
  reshape: one((scope, x, { aval }) => scope.apply("Reshape", x, { shape: aval.shape })),
  transpose: one((scope, x, { params }) => scope.transpose(x, numbersParam(params, "perm"))),
  broadcastTo: one((scope, x, { aval }) => scope.broadcast(x, aval.shape)),
  flip: one((scope, x, { params }) =>
    scope.apply("Reverse", x, { dims: numbersParam(params, "axes") }),
  ),
  concatenate: (scope, call) =>
    scope.run("Concat", tensorsOf(call), { axis: numberParam(call.params, "axis") }),
  slice,
  pad,
  gather,
};
