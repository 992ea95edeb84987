import { ArgumentError, ShapeError, type Tensor } from "@adjoint/core";
import { checkTensors } from "../internal/check-tensors.ts";
import { countedPlaces, selected } from "./counted.ts";
import { type ReductionOptions, reduceLosses } from "./reduction.ts";

/** Differences of predictions and targets of one shape, 0 where they do not count. */
const differences = (
  operation: string,
  predictions: Tensor,
  targets: Tensor,
  mask: Tensor | undefined,
): Tensor => {
  checkTensors(operation, { predictions, targets });
  const [a, b] = [predictions.shape, targets.shape];
  if (a.length === b.length && a.every((d, i) => d === b[i]))
    return selected(predictions.sub(targets), countedPlaces(operation, mask, a));
  throw new ShapeError({
    operation,
    rule: "predictions and targets must have the same shape",
    got: `[${a.join()}] and [${b.join()}]`,
    fix: "broadcast one of them first",
  });
};

/**
 * Squared error: predictions and targets (...) give a scalar. Throws ShapeError unless the shapes are the same: silent
 * broadcasting of (N) against (N, 1) is a classic mistake.
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { mse } from "@adjoint/nn";
 * await mse(tensor([1, 2]), tensor([1, 4])).item(); // => 2
 * await mse(tensor([1, 2]), tensor([1, 4]), { mask: tensor([false, true]) }).item(); // => 4
 * ```
 */
export const mse = (
  predictions: Tensor,
  targets: Tensor,
  options: ReductionOptions = {},
): Tensor => {
  const d = differences("mse", predictions, targets, options.mask);
  return reduceLosses("mse", d.mul(d), options);
};

/** Absolute error; see `mse`. The derivative at 0 is 0. */
export const mae = (predictions: Tensor, targets: Tensor, options: ReductionOptions = {}): Tensor =>
  reduceLosses("mae", differences("mae", predictions, targets, options.mask).abs(), options);

/** Settings of `huber`. */
export type HuberOptions = ReductionOptions & {
  /** Where the parabola becomes a line; default 1. */
  readonly delta?: number;
};

/**
 * Huber's loss: d^2 / 2 up to |d| = delta, then delta (|d| - delta / 2). Throws ArgumentError for a delta not above 0.
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { huber } from "@adjoint/nn";
 * await huber(tensor([1, 5]), tensor([0, 0]), { reduction: "none" }).toArray(); // => [0.5, 4.5]
 * ```
 */
export const huber = (
  predictions: Tensor,
  targets: Tensor,
  { delta = 1, ...options }: HuberOptions = {},
): Tensor => {
  if (!(delta > 0))
    throw new ArgumentError({ operation: "huber", rule: "delta must be above 0", got: `${delta}` });
  const d = differences("huber", predictions, targets, options.mask);
  const size = d.abs();
  const each = size.lessEqual(delta).where(d.mul(d).mul(0.5), size.sub(delta / 2).mul(delta));
  return reduceLosses("huber", each, options);
};
