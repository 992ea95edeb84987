import { ShapeError, type Tensor } from "@adjoint/core";

/** The place of a kernel's outputs, counted from 0; throws ShapeError for an axis that it does not have. */
export const kernelAxis = (operation: string, kernel: Tensor, axis: number): number => {
  const place = axis < 0 ? kernel.rank + axis : axis;
  if (Number.isInteger(place) && place >= 0 && place < kernel.rank) return place;
  throw new ShapeError({
    operation,
    rule: `axis must be a whole number from ${-kernel.rank} to ${kernel.rank - 1}`,
    got: `${axis} for a kernel [${kernel.shape.join()}]`,
  });
};
