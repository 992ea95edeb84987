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
 * Rows of nothing but -Infinity (a bool with the axis kept at size 1), for which the kernels give NaN. The maximum
 * passes over NaN, the sum does not.
 */
const isMasked = (g: G, x: Value, axis: number): Value => {
  const isLowest = (op: string): Value => {
    const value = reduce(g, op, x, [axis], true);
    return test(g, "Equal", value, like(g, Number.NEGATIVE_INFINITY, value));
  };
  return test(g, "And", isLowest("ReduceMax"), isLowest("ReduceSum"));
};

const softmaxOf = (op: string, masked: number): Lowering =>
  one((g, x, params: Params) => {
    const axis = numberParam(params, "axis");
    const plain = alongAxis(g, op, x, axis);
    if (flagParam(params, "neverMasked")) return plain;
    return where(g, isMasked(g, x, axis), like(g, masked, x), plain);
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

const rmsNorm: Lowering = ({ g }, operands, params) => {
  const [x, scale] = [operand(operands, 0), operand(operands, 1)];
  const mean = reduce(g, "ReduceMean", binary(g, "Mul", x, x), [lastAxis(x)], true);
  const rstd = unary(
    g,
    "Reciprocal",
    unary(g, "Sqrt", binary(g, "Add", mean, like(g, numberParam(params, "eps"), x))),
  );
  return [binary(g, "Mul", binary(g, "Mul", x, rstd), scale), rstd];
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
  softmax: softmaxOf("Softmax", 0),
  logSoftmax: softmaxOf("LogSoftmax", Number.NEGATIVE_INFINITY),
  layerNorm,
  rmsNorm,
  gelu,
  softmaxCrossEntropy,
};
