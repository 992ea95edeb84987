import {
  ArgumentError,
  exp,
  log1p,
  logSigmoid,
  ShapeError,
  softplus,
  type Tensor,
} from "@adjoint/core";
import { checkTensors } from "../internal/check-tensors.ts";
import { countedPlaces, selected } from "./counted.ts";
import { type ReductionOptions, reduceLosses } from "./reduction.ts";

/** Settings of `binaryCrossEntropy`. */
export type BinaryCrossEntropyOptions = ReductionOptions & {
  /** Factor of the loss where the target is 1, a number or a tensor that broadcasts; default 1. */
  readonly positiveWeight?: number | Tensor;
};

/** Logits and targets of one shape in one dtype, 0 where they do not count. */
const operandsOf = (
  operation: string,
  logits: Tensor,
  targets: Tensor,
  mask: Tensor | undefined,
): readonly [Tensor, Tensor] => {
  checkTensors(operation, { logits, targets });
  const [a, b] = [logits.shape, targets.shape];
  if (a.length === b.length && a.every((d, i) => d === b[i])) {
    const counted = countedPlaces(operation, mask, a);
    return [selected(logits, counted), selected(targets.cast(logits.dtype), counted)];
  }
  throw new ShapeError({
    operation,
    rule: "logits and targets must have the same shape",
    got: `[${a.join()}] and [${b.join()}]`,
  });
};

/**
 * softplus(x) - x t as log(1 + exp(-|x|)) + x ([x > 0] - t), which does not cancel where a logit is sure of its target,
 * 0 or 1.
 */
const plainLosses = (x: Tensor, t: Tensor): Tensor => {
  const positive = x.greater(0);
  // selects instead of abs, which has no second derivative at 0
  const rest = log1p(exp(positive.where(x.neg(), x)));
  return rest.add(x.mul(positive.cast(x.dtype).sub(t)));
};

/**
 * Cross entropy of sigmoid(logits) against probabilities of the same shape: -t log s - (1 - t) log(1 - s), without
 * overflow or cancellation, as PyTorch's `binary_cross_entropy_with_logits`. Throws ShapeError unless the shapes are the same.
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { binaryCrossEntropy } from "@adjoint/nn";
 * await binaryCrossEntropy(tensor([0, 1000]), tensor([1, 1]), { reduction: "none" }).toArray(); // => [0.6931, 0]
 * ```
 */
export const binaryCrossEntropy = (
  logits: Tensor,
  targets: Tensor,
  { positiveWeight = 1, ...options }: BinaryCrossEntropyOptions = {},
): Tensor => {
  const [x, t] = operandsOf("binaryCrossEntropy", logits, targets, options.mask);
  const each =
    positiveWeight === 1
      ? plainLosses(x, t)
      : softplus(x.neg())
          .mul(t)
          .mul(positiveWeight)
          .add(softplus(x).mul(t.neg().add(1)));
  return reduceLosses("binaryCrossEntropy", each, options);
};

/** Settings of `focalLoss`. */
export type FocalLossOptions = ReductionOptions & {
  /** How much less easy places count; default 2. */
  readonly gamma?: number;
  /** Weight of targets 1; those of 0 get 1 - alpha. Default 0.25; null for no weights. */
  readonly alpha?: number | null;
};

/**
 * Focal loss: binary cross entropy times (1 - p)^gamma, p the probability of the target, as torchvision's
 * `sigmoid_focal_loss`. Targets are 0 or 1, of the shape of the logits. Throws ShapeError and ArgumentError.
 * @see https://arxiv.org/abs/1708.02002
 */
export const focalLoss = (
  logits: Tensor,
  targets: Tensor,
  { gamma = 2, alpha = 0.25, ...options }: FocalLossOptions = {},
): Tensor => {
  if (!(gamma >= 0))
    throw new ArgumentError({
      operation: "focalLoss",
      rule: "gamma must be 0 or more",
      got: `${gamma}`,
    });
  const [x, t] = operandsOf("focalLoss", logits, targets, options.mask);
  // log(1 - p): 1 - p is the sigmoid of the logit turned away from the target
  const logMiss = logSigmoid(x.mul(t.mul(-2).add(1)));
  const focused = plainLosses(x, t).mul(exp(logMiss.mul(gamma)));
  const weight = alpha === null ? undefined : t.mul(2 * alpha - 1).add(1 - alpha);
  return reduceLosses("focalLoss", weight === undefined ? focused : focused.mul(weight), options);
};
