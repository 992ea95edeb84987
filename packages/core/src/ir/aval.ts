import type { DType } from "../dtype.ts";
import { formatShape, type Shape } from "../shape.ts";

/** What tracing knows of a value before it exists: its shape and dtype. */
export type Aval = {
  readonly shape: Shape;
  readonly dtype: DType;
  /** Set for an argument that was a JavaScript number: it still adapts to the dtype of the tensor beside it. */
  readonly number?: "whole" | "fraction";
};

/** Prints an abstract value as `float32[2,3]`. */
export const formatAval = ({ dtype, shape }: Aval): string => `${dtype}${formatShape(shape)}`;
