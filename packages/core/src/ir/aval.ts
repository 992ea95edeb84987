import type { DType } from "../dtype.ts";
import { formatShape, type Shape } from "../shape.ts";

/** What tracing knows of a value before it exists: its shape and dtype. */
export type Aval = { readonly shape: Shape; readonly dtype: DType };

/** Prints an abstract value as `float32[2,3]`. */
export const formatAval = ({ dtype, shape }: Aval): string => `${dtype}${formatShape(shape)}`;
