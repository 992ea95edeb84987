import type { DType } from "../dtype.ts";
import { Tensor } from "../tensor.ts";

/** A scalar constant for rewrites and decompositions made by a backend. */
export const literal = (value: number, dtype: DType): Tensor => Tensor.literal(value, dtype);
