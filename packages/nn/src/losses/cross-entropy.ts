import { ArgumentError, logsumexp, maximum, softmaxCrossEntropy, type Tensor } from "@adjoint/core";

/** Settings of `crossEntropy`. */
export type CrossEntropyOptions = {
  /** Target whose places do not count, such as -1; none when absent. */
  readonly ignoreIndex?: number;
  /** Part of the probability spread evenly over all classes; default 0. */
  readonly labelSmoothing?: number;
  /** The mean over the places that count (default), their sum, or one loss for each place. */
  readonly reduction?: "mean" | "sum" | "none";
};

const isHalf = ({ dtype }: Tensor): boolean => dtype === "float16" || dtype === "bfloat16";

/** Loss at each place: (...). */
const losses = (logits: Tensor, targets: Tensor, smoothing: number): Tensor => {
  if (!(smoothing >= 0 && smoothing <= 1))
    throw new ArgumentError({
      operation: "crossEntropy",
      rule: "labelSmoothing must be between 0 and 1",
      got: `${smoothing}`,
    });
  const sharp = softmaxCrossEntropy(logits, targets);
  if (smoothing === 0) return sharp;
  const even = logsumexp(logits, -1).sub(logits.mean(-1));
  return sharp.mul(1 - smoothing).add(even.mul(smoothing));
};

/**
 * Cross entropy of softmax(logits) against class numbers: logits (..., V) and int32 targets (...) give a scalar, in
 * float32 for half precision. The mean is over the places that are not ignored; it is 0 when all of them are.
 * Throws ShapeError or DTypeError when the operands do not fit, ArgumentError for a bad option.
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { crossEntropy } from "@adjoint/nn";
 * const logits = tensor([[2, 1, 0], [0, 0, 5]]);
 * const targets = tensor([0, -1], { dtype: "int32" });
 * const losses = await crossEntropy(logits, targets, { ignoreIndex: -1, reduction: "none" }).data();
 * Array.from(losses, (x) => x.toFixed(5)); // => ["0.40761", "0.00000"]
 * const mean = await crossEntropy(logits, targets, { ignoreIndex: -1 }).item();
 * Number(mean).toFixed(5); // => "0.40761"
 * ```
 */
export const crossEntropy = (
  logits: Tensor,
  targets: Tensor,
  options: CrossEntropyOptions = {},
): Tensor => {
  const { ignoreIndex, labelSmoothing = 0, reduction = "mean" } = options;
  const each = losses(isHalf(logits) ? logits.cast("float32") : logits, targets, labelSmoothing);
  if (ignoreIndex === undefined)
    return reduction === "none" ? each : reduction === "sum" ? each.sum() : each.mean();
  const counted = targets.notEqual(ignoreIndex);
  const kept = counted.where(each, 0);
  if (reduction === "none") return kept;
  const total = kept.sum();
  return reduction === "sum" ? total : total.div(maximum(counted.sum(), 1).cast(total.dtype));
};
