import { dim, type Params } from "@adjoint/core/backend";
import { floatAttribute, intAttribute, stringAttribute } from "../proto/attributes.ts";
import { binary, like, reduce, reshape, test, unary, where } from "./emit.ts";
import type { GraphBuilder } from "./graph-builder.ts";
import { type Lowering, type LoweringTable, NoKernelError, one, operand } from "./lowering.ts";
import { flagParam, numberParam, textParam } from "@adjoint/core/passes";
import type { Value } from "./value.ts";

type G = GraphBuilder;

const lastAxis = (x: Value): number => x.shape.length - 1;

const alongAxis = (g: G, op: string, x: Value, axis: number): Value =>
  g.node(op, [x], x, { axis: intAttribute(axis) });

/**
 * exp(x - m) and its sum, m the largest of a row. In a row of nothing but -Infinity all are 0, for which the sum is held at 1, the least
 * that other rows have; NaN goes through.
 */
const exponentials = (
  g: G,
  x: Value,
  axis: number,
): { readonly shifted: Value; readonly e: Value; readonly sum: Value } => {
  const largest = binary(g, "Max", reduce(g, "ReduceMax", x, [axis], true), like(g, lowest(x), x));
  const shifted = binary(g, "Sub", x, largest);
  const e = unary(g, "Exp", shifted);
  return {
    shifted,
    e,
    sum: binary(g, "Max", reduce(g, "ReduceSum", e, [axis], true), like(g, 1, x)),
  };
};

const lowest = ({ type }: Value): number =>
  type === "float64" ? -Number.MAX_VALUE : -3.4028234663852886e38;

/** The kernels of ONNX Runtime give NaN for rows of nothing but -Infinity: they serve where there is none. */
const softmaxOf = (op: string, ofMasked: (g: G, x: Value, axis: number) => Value): Lowering =>
  one((g, x, params: Params) => {
    const axis = numberParam(params, "axis");
    return flagParam(params, "neverMasked") ? alongAxis(g, op, x, axis) : ofMasked(g, x, axis);
  });

const softmax = softmaxOf("Softmax", (g, x, axis) => {
  const { e, sum } = exponentials(g, x, axis);
  return binary(g, "Div", e, sum);
});

const logSoftmax = softmaxOf("LogSoftmax", (g, x, axis) => {
  const { shifted, sum } = exponentials(g, x, axis);
  return binary(g, "Sub", shifted, unary(g, "Log", sum));
});

const layerNorm: Lowering = ({ g }, operands, params) => {
  const x = operand(operands, 0);
  const attributes = {
    axis: intAttribute(-1),
    epsilon: floatAttribute(numberParam(params, "eps")),
  };
  const statistic = { type: x.type, shape: [...x.shape.slice(0, -1), 1] };
  return g.nodeMany("LayerNormalization", operands, [x, statistic, statistic], attributes);
};

const plainRmsNorm = (g: G, x: Value, scale: Value, eps: number): readonly Value[] => {
  const mean = reduce(g, "ReduceMean", binary(g, "Mul", x, x), [lastAxis(x)], true);
  const rstd = unary(g, "Reciprocal", unary(g, "Sqrt", binary(g, "Add", mean, like(g, eps, x))));
  return [binary(g, "Mul", binary(g, "Mul", x, rstd), scale), rstd];
};

const rmsNorm: Lowering = ({ g, isPlain }, operands, params) => {
  const [x, scale] = [operand(operands, 0), operand(operands, 1)];
  const eps = numberParam(params, "eps");
  if (isPlain || x.type !== "float32") return plainRmsNorm(g, x, scale, eps);
  const attributes = {
    axis: intAttribute(-1),
    epsilon: floatAttribute(eps),
    stash_type: intAttribute(1),
  };
  const rstd = { type: x.type, shape: [...x.shape.slice(0, -1), 1] };
  return g.nodeMany("SimplifiedLayerNormalization", [x, scale], [x, rstd], attributes);
};

const rotate: Lowering = ({ g }, operands) => [
  g.node("RotaryEmbedding", operands, operand(operands, 0)),
];

/** Heads and axes of size 1 before them: what the operator takes. */
const withBatch = (g: G, x: Value): Value =>
  x.shape.length === 3 ? reshape(g, x, [1, ...x.shape]) : x;

const attention: Lowering = ({ g, outputs: [y] }, operands, params) => {
  const [q, k, v] = [operand(operands, 0), operand(operands, 1), operand(operands, 2)];
  const shape = y?.shape ?? [];
  const whole = { type: q.type, shape: shape.length === 3 ? [1, ...shape] : shape };
  const inputs = [...[q, k, v].map((x) => withBatch(g, x)), ...operands.slice(3)];
  const attributes = { scale: floatAttribute(numberParam(params, "scale")) };
  return [reshape(g, g.node("Attention", inputs, whole, attributes), shape)];
};

const gelu: Lowering = one((g, x, params) => {
  if (x.type !== "float32") throw new NoKernelError("gelu", x.type);
  return g.node("Gelu", [x], x, { approximate: stringAttribute(textParam(params, "approximate")) });
});

const softmaxCrossEntropy: Lowering = ({ g }, operands) => {
  const [logits, labels] = [operand(operands, 0), operand(operands, 1)];
  const axis = lastAxis(logits);
  const largest = reduce(g, "ReduceMax", logits, [axis], true);
  const isEmpty = test(g, "Equal", largest, like(g, Number.NEGATIVE_INFINITY, largest));
  const shift = where(g, isEmpty, like(g, 0, largest), largest);
  const total = reduce(
    g,
    "ReduceSum",
    unary(g, "Exp", binary(g, "Sub", logits, shift)),
    [axis],
    true,
  );
  const safe = where(g, test(g, "Equal", total, like(g, 0, total)), like(g, 1, total), total);
  const high = g.scalar("int32", dim(logits.shape, axis) - 1);
  const label = binary(g, "Min", binary(g, "Max", labels, like(g, 0, labels)), high);
  const column = reshape(g, label, total.shape);
  const own = g.node("GatherElements", [logits, column], total, { axis: intAttribute(axis) });
  return [
    reshape(g, binary(g, "Sub", binary(g, "Add", unary(g, "Log", safe), shift), own), labels.shape),
  ];
};

/** Operations that ONNX has one operator for. */
export const compositeLowerings: LoweringTable = {
  softmax,
  logSoftmax,
  layerNorm,
  rmsNorm,
  rotate,
  attention,
  gelu,
  softmaxCrossEntropy,
};
