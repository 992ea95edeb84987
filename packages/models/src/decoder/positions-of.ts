import { DTypeError, isInteger, type Tensor } from "@adjoint/core";

/** The places that a call gives, or else `places`; throws DTypeError for those that are not integers. */
export const positionsOf = (positionIds: Tensor | undefined, places: Tensor): Tensor => {
  if (positionIds === undefined || isInteger(positionIds.dtype)) return positionIds ?? places;
  throw new DTypeError({
    operation: "decoder",
    rule: "takes positionIds that are integers",
    got: positionIds.dtype,
    fix: 'cast them to "int32"',
  });
};
