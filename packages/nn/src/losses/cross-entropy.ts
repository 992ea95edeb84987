import { ArgumentError, logsumexp, maximum, softmaxCrossEntropy, type Tensor } from "@adjoint/core";
import { type ReductionOptions, reduceLosses } from "./reduction.ts";

/** Settings of `crossEntropy`. */
export type CrossEntropyOptions = ReductionOptions & {
  /** Target whose places do not count, such as -1; none when absent. */
  readonly ignoreIndex?: number;
  /** Part of the probability spread evenly over all classes; default 0. */
  readonly labelSmoothing?: number;
  /** Factor of the square of log(sum(exp(logits))), which keeps logits from drifting; default 0, 1e-4 in PaLM. */
  readonly zLoss?: number;
};

const isHalf = ({ dtype }: Tensor): boolean => dtype === "float16" || dtype === "bfloat16";

const checkOptions = (smoothing: number, zLoss: number): void => {
  if (!(smoothing >= 0 && smoothing <= 1))
    throw new ArgumentError({
      operation: "crossEntropy",
      rule: "labelSmoothing must be between 0 and 1",
      got: `${smoothing}`,
    });
  if (!(zLoss >= 0 && Number.isFinite(zLoss)))
    throw new ArgumentError({
      operation: "crossEntropy",
      rule: "zLoss must be 0 or more",
      got: `${zLoss}`,
    });
};

/** Loss at each place, ignored ones too: (...). */
const losses = (
  logits: Tensor,
  targets: Tensor,
  { labelSmoothing: smoothing = 0, zLoss = 0 }: CrossEntropyOptions,
): Tensor => {
  checkOptions(smoothing, zLoss);
  const sharp = softmaxCrossEntropy(logits, targets);
  if (smoothing === 0 && zLoss === 0) return sharp;
  const total = logsumexp(logits, -1);
  const even = smoothing === 0 ? undefined : total.sub(logits.mean(-1));
  const smooth = even === undefined ? sharp : sharp.mul(1 - smoothing).add(even.mul(smoothing));
  return zLoss === 0 ? smooth : smooth.add(total.mul(total).mul(zLoss));
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
  const { ignoreIndex, reduction = "mean", mask } = options;
  const each = losses(isHalf(logits) ? logits.cast("float32") : logits, targets, options);
  if (ignoreIndex === undefined) return reduceLosses("crossEntropy", each, { reduction, mask });
  const counted = targets.notEqual(ignoreIndex);
  if (mask !== undefined)
    return reduceLosses("crossEntropy", each, { reduction, mask: mask.mul(counted) });
  const kept = counted.where(each, 0);
  if (reduction === "none") return kept;
  const total = kept.sum();
  return reduction === "sum" ? total : total.div(maximum(counted.sum(), 1).cast(total.dtype));
};
