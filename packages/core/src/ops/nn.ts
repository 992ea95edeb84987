import { type Axis, type ReduceOptions } from "../methods.ts";
import { layerNormP } from "../primitives/layer-norm.ts";
import { logSoftmaxP } from "../primitives/log-softmax.ts";
import { bindOne } from "../primitives/primitive.ts";
import { rmsNormP } from "../primitives/rms-norm.ts";
import { softmaxCrossEntropyP } from "../primitives/softmax-cross-entropy.ts";
import { softmaxP } from "../primitives/softmax.ts";
import { isFiniteP, stopGradientP } from "../primitives/unary.ts";
import { promoteTo, toFloat, widen } from "../promote.ts";
import { dim, normalizeAxes, normalizeAxis } from "../shape.ts";
import { apply, type Tensor, type TensorLike } from "../tensor.ts";
import { applyOne, constantLike, floatOf } from "./operand.ts";

/**
 * exp(x) / sum(exp(x)) along `axis`, computed from x - max(x). A row of nothing but -Infinity (everything masked)
 * gives zeros, with zero derivatives.
 *
 * ```ts doctest
 * import { softmax, tensor } from "@adjoint/core";
 * await softmax(tensor([5, 5])).toArray(); // => [0.5, 0.5]
 * await softmax(tensor([-Infinity, -Infinity])).toArray(); // => [0, 0]
 * ```
 */
export const softmax = (x: TensorLike, axis = -1): Tensor => {
  const t = floatOf(x);
  return applyOne(softmaxP, [t], { axis: normalizeAxis("softmax", axis, t.rank) });
};

/** log(softmax(x)) along `axis` without overflow; a row of nothing but -Infinity stays -Infinity. */
export const logSoftmax = (x: TensorLike, axis = -1): Tensor => {
  const t = floatOf(x);
  return applyOne(logSoftmaxP, [t], { axis: normalizeAxis("logSoftmax", axis, t.rank) });
};

/**
 * log(sum(exp(x))) over one axis, several or all, without overflow. A row of nothing but -Infinity gives -Infinity,
 * with zero derivatives.
 *
 * ```ts doctest
 * import { logsumexp, tensor } from "@adjoint/core";
 * await logsumexp(tensor([1000, -Infinity])).item(); // => 1000
 * ```
 */
export const logsumexp = (x: TensorLike, axis?: Axis, options: ReduceOptions = {}): Tensor => {
  const value = floatOf(x);
  const t = widen(value);
  const axes = normalizeAxes("logsumexp", axis, t.rank);
  if (t.size === 0)
    return t
      .exp()
      .sum([...axes], options)
      .log()
      .cast(value.dtype); // the log of an empty sum
  const largest = applyOne(stopGradientP, [t.max([...axes], { keepDims: true })], {});
  const shift = bindOne(isFiniteP, [largest], {}).where(largest, 0);
  const total = t
    .sub(shift)
    .exp()
    .sum([...axes], { keepDims: true });
  const empty = total.equal(0);
  const result = empty
    .where(Number.NEGATIVE_INFINITY, empty.where(1, total).log().add(shift))
    .cast(value.dtype);
  return options.keepDims === true
    ? result
    : result.reshape(t.shape.filter((_, i) => !axes.includes(i)));
};

/** Settings of `layerNorm` and `rmsNorm`. */
export type NormalizationOptions = {
  /** Added under the square root. */
  readonly eps?: number;
};

const featuresOf = (operation: string, x: Tensor, value: number): Tensor =>
  constantLike(x, value).broadcastTo([dim(x.shape, normalizeAxis(operation, -1, x.rank))]);

/**
 * Layer normalisation over the last axis: (x - mean) / sqrt(variance + eps) * scale + bias, for x (..., D) and
 * scale, bias (D); without them 1 and 0. `eps` is 1e-5 by default. Throws ShapeError when they do not fit.
 * @see https://arxiv.org/abs/1607.06450
 *
 * ```ts doctest
 * import { layerNorm, tensor } from "@adjoint/core";
 * await layerNorm(tensor([1, 3]), undefined, undefined, { eps: 0 }).toArray(); // => [-1, 1]
 * ```
 */
export const layerNorm = (
  x: TensorLike,
  scale?: Tensor,
  bias?: Tensor,
  options: NormalizationOptions = {},
): Tensor => {
  const t = floatOf(x);
  const [s, b] = [scale ?? featuresOf("layerNorm", t, 1), bias ?? featuresOf("layerNorm", t, 0)];
  const [y] = apply(layerNormP, promoteTo([t, s, b]).map(toFloat), { eps: options.eps ?? 1e-5 });
  return y ?? t;
};

/**
 * Root-mean-square normalisation over the last axis: x / sqrt(mean(x^2) + eps) * scale, for x (..., D) and scale (D);
 * without it 1. `eps` is 1e-6 by default. Throws ShapeError when they do not fit.
 * @see https://arxiv.org/abs/1910.07467
 */
export const rmsNorm = (
  x: TensorLike,
  scale?: Tensor,
  options: NormalizationOptions = {},
): Tensor => {
  const t = floatOf(x);
  const operands = promoteTo([t, scale ?? featuresOf("rmsNorm", t, 1)]).map(toFloat);
  const [y] = apply(rmsNormP, operands, { eps: options.eps ?? 1e-6 });
  return y ?? t;
};

/**
 * Cross entropy of softmax(logits) against integer labels, one loss per row: logits (..., V), labels (...).
 * A label out of range counts as the nearest class. Throws ShapeError when the shapes do not fit.
 *
 * ```ts doctest
 * import { softmaxCrossEntropy, tensor } from "@adjoint/core";
 * const loss = softmaxCrossEntropy(tensor([[0, 0], [0, 100]]), tensor([0, 1], { dtype: "int32" }));
 * await loss.mul(1 / Math.LN2).toArray(); // => [1, 0]
 * ```
 */
export const softmaxCrossEntropy = (logits: TensorLike, labels: Tensor): Tensor =>
  applyOne(
    softmaxCrossEntropyP,
    [floatOf(logits), labels.dtype === "uint32" ? labels.cast("int32") : labels],
    {},
  );
