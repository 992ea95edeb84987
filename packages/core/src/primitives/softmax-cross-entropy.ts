import { DTypeError, ShapeError } from "../errors.ts";
import { allocate, at, type HostArray } from "../host-array.ts";
import { dim, formatShape, sameShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { indicesOf, twoOperands, withBatch } from "./operands.ts";
import { bindOne, type Primitive } from "./primitive.ts";
import { maxP, minP } from "./binary.ts";
import { rowShift, shiftOf, softmaxP } from "./softmax.ts";
import { checkDomain, formatAvals, type NoParams } from "./unary.ts";

const lossHost = (logits: HostArray, labels: HostArray): HostArray => {
  const classes = dim(logits.shape, logits.shape.length - 1);
  const data = allocate(logits.dtype, labels.data.length);
  for (let row = 0; row < data.length; row++) {
    const base = row * classes;
    const shift = rowShift(logits.data, base, 1, classes);
    let total = 0;
    for (let i = 0; i < classes; i++) total += Math.exp(at(logits.data, base + i) - shift);
    const label = Math.min(Math.max(at(labels.data, row), 0), classes - 1);
    data[row] = (total === 0 ? 0 : Math.log(total)) + shift - at(logits.data, base + label);
  }
  return { shape: labels.shape, dtype: logits.dtype, data };
};

/** True at the label of every row: bool (..., V); labels out of range count as the nearest class. */
const labelMask = (logits: Tensor, labels: Tensor): Tensor => {
  const classes = dim(logits.shape, logits.shape.length - 1);
  const low = bindOne(maxP, [labels, labels.literal(0, "int32")], {});
  const clamped = bindOne(minP, [low, labels.literal(classes - 1, "int32")], {});
  return clamped.expandDims(-1).equal(indicesOf(logits, [classes], 0));
};

/**
 * Cross entropy of softmax(logits) against integer labels, per row: logits (..., V) and int32 labels (...) give (...).
 * Its derivative is softmax(logits) minus one at the label, so no log-probabilities are kept.
 */
export const softmaxCrossEntropyP: Primitive<NoParams> = {
  name: "softmaxCrossEntropy",
  abstractEval: (inputs) => {
    const [logits, labels] = twoOperands("softmaxCrossEntropy", inputs);
    checkDomain("softmaxCrossEntropy", "float", logits.dtype);
    if (labels.dtype !== "int32")
      throw new DTypeError({
        operation: "softmaxCrossEntropy",
        rule: "labels must be int32",
        got: formatAvals(inputs),
      });
    if (
      logits.shape.length === 0 ||
      logits.shape.at(-1) === 0 ||
      !sameShape(logits.shape.slice(0, -1), labels.shape)
    )
      throw new ShapeError({
        operation: "softmaxCrossEntropy",
        rule: "takes logits (..., V) with at least one class and labels (...)",
        got: `${formatShape(logits.shape)} and ${formatShape(labels.shape)}`,
        fix: "labels are class indices, without an axis for the classes",
      });
    return [{ shape: labels.shape, dtype: logits.dtype }];
  },
  evaluate: (inputs) => {
    const [logits, labels] = twoOperands("softmaxCrossEntropy", inputs);
    return [lossHost(logits, labels)];
  },
  jvp: (inputs, [t = null]) => {
    if (t === null) return [null];
    const [logits, labels] = twoOperands("softmaxCrossEntropy", inputs);
    const probabilities = bindOne(softmaxP, [logits], { axis: logits.shape.length - 1 });
    return [probabilities.sub(labelMask(logits, labels).cast(logits.dtype)).mul(t).sum(-1)];
  },
  vmap: (inputs, batched, _params, { size }) => {
    const full = inputs.map((x, i) => withBatch(x, batched[i], size));
    return { outputs: [bindOne(softmaxCrossEntropyP, full, {})], batched: [true] };
  },
  decompose: (inputs) => {
    const [logits, labels] = twoOperands("softmaxCrossEntropy", inputs);
    const axis = logits.shape.length - 1;
    const shift = shiftOf(logits, axis);
    const total = logits.sub(shift).exp().sum(axis);
    const logTotal = total.equal(0).where(1, total).log().add(shift.reshape(total.shape));
    return [logTotal.sub(labelMask(logits, labels).where(logits, 0).sum(axis))];
  },
};
