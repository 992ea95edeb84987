import {
  ArgumentError,
  customJvp,
  logsumexp,
  ShapeError,
  softmaxCrossEntropy,
  type Tensor,
} from "@adjoint/core";
import { checkTensors } from "../internal/check-tensors.ts";
import { alongside, checkMask, countedPlaces, selected } from "./counted.ts";
import { widened } from "../internal/half-precision.ts";
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

const checkOptions = ({
  labelSmoothing: smoothing = 0,
  zLoss = 0,
  ignoreIndex = 0,
}: CrossEntropyOptions): void => {
  if (!Number.isInteger(ignoreIndex))
    throw new ArgumentError({
      operation: "crossEntropy",
      rule: "ignoreIndex must be a whole number",
      got: `${ignoreIndex}`,
    });
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

const checkOperands = (logits: Tensor, targets: Tensor): void => {
  checkTensors("crossEntropy", { logits, targets });
  const rows = logits.shape.slice(0, -1);
  if (logits.rank === targets.rank + 1 && rows.every((d, i) => d === targets.shape[i])) return;
  throw new ShapeError({
    operation: "crossEntropy",
    rule: "takes logits (..., V) and targets (...)",
    got: `[${logits.shape.join()}] and [${targets.shape.join()}]`,
    fix: "targets are class numbers, without an axis for the classes",
  });
};

/** Loss at each place, NaN (with its gradient) where the target is no class: (...). */
const losses = (
  logits: Tensor,
  targets: Tensor,
  { labelSmoothing: smoothing = 0, zLoss = 0 }: CrossEntropyOptions,
): Tensor => {
  const isClass = targets.greaterEqual(0).mul(targets.less(logits.shape.at(-1) ?? 0));
  const sharp = softmaxCrossEntropy(logits, targets).mul(isClass.where(1, Number.NaN));
  if (smoothing === 0 && zLoss === 0) return sharp;
  const total = logsumexp(logits, -1);
  const even = smoothing === 0 ? undefined : total.sub(logits.mean(-1));
  const smooth = even === undefined ? sharp : sharp.mul(1 - smoothing).add(even.mul(smoothing));
  return zLoss === 0 ? smooth : smooth.add(total.mul(total).mul(zLoss));
};

/** What places weigh by both settings; undefined when all count alike. */
const weightsOf = (
  targets: Tensor,
  { mask, ignoreIndex }: CrossEntropyOptions,
): Tensor | undefined => {
  checkMask("crossEntropy", mask, targets.shape);
  if (ignoreIndex === undefined) return mask;
  const counted = targets.notEqual(ignoreIndex);
  return mask === undefined ? counted : mask.mul(counted);
};

/** Logits as they are (a copy would cost as much as the loss), with derivatives of 0 where they do not count. */
const held: (logits: Tensor, counted: Tensor) => Tensor = customJvp(
  (logits: Tensor, _counted: Tensor): Tensor => logits,
  ([logits, counted], [tangent]) => [held(logits, counted), counted.where(tangent, 0)],
);

/**
 * Cross entropy of softmax(logits) against class numbers: logits (..., V) and int32 targets (...) give a scalar, in
 * float32 for half precision. The mean is over the places that are not ignored; it is 0 when all of them are. A target
 * that is no class, from 0 to V - 1, and not ignored gives NaN and a gradient of NaN.
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
  checkOperands(logits, targets);
  checkOptions(options);
  const mask = weightsOf(targets, options);
  const counted = countedPlaces("crossEntropy", mask, targets.shape);
  const wide = widened(logits);
  const rows = counted === undefined ? wide : held(wide, alongside(counted, wide));
  const each = losses(rows, selected(targets, counted), options);
  return reduceLosses("crossEntropy", each, { reduction: options.reduction ?? "mean", mask });
};
