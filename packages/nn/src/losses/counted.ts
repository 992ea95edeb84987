import { ShapeError, type Tensor } from "@adjoint/core";
import { checkTensors } from "../internal/check-tensors.ts";

/** Throws ArgumentError for a mask that is no tensor, ShapeError for one that does not broadcast to `shape`. */
export const checkMask = (
  operation: string,
  mask: Tensor | undefined,
  shape: readonly number[],
): void => {
  if (mask === undefined) return;
  checkTensors(operation, { mask });
  const extra = shape.length - mask.rank;
  if (extra >= 0 && mask.shape.every((d, i) => d === 1 || d === shape[extra + i])) return;
  throw new ShapeError({
    operation,
    rule: "mask must broadcast to the losses",
    got: `mask [${mask.shape.join()}] for losses [${shape.join()}]`,
  });
};

/** Where a mask is true or not 0: a bool of losses of `shape`, or undefined without a mask. Throws as `checkMask`. */
export const countedPlaces = (
  operation: string,
  mask: Tensor | undefined,
  shape: readonly number[],
): Tensor | undefined => {
  checkMask(operation, mask, shape);
  if (mask === undefined) return undefined;
  return (mask.dtype === "bool" ? mask : mask.notEqual(0)).broadcastTo(shape);
};

/**
 * x with `fill` where it does not count, before the loss is taken. Selecting losses alone is not enough: the derivative of
 * one that is infinite or NaN is NaN, and 0 times that stays NaN. `counted` has the leading axes of x; undefined for all.
 */
export const selected = (x: Tensor, counted: Tensor | undefined, fill: number = 0): Tensor => {
  if (counted === undefined) return x;
  return alongside(counted, x).where(x, fill);
};

/** `counted` with an axis of 1 for each further one of x. */
export const alongside = (counted: Tensor, x: Tensor): Tensor =>
  counted.reshape([...counted.shape, ...x.shape.slice(counted.rank).map(() => 1)]);
