import { ShapeError, type Tensor } from "@adjoint/core";

/** The sum of what branches give; throws ShapeError where they would broadcast. */
export const addedUp = (operation: string, values: readonly Tensor[]): Tensor => {
  const shapes = values.map(({ shape }) => `[${shape.join()}]`);
  if (new Set(shapes).size > 1)
    throw new ShapeError({
      operation,
      rule: "branches that are added must have one shape",
      got: shapes.join(" and "),
    });
  return values.reduce((a, b) => a.add(b));
};
