import type { DType } from "../dtype.ts";
import { allocate } from "../host-array.ts";
import { checkShape, dim, type Shape, sizeOf } from "../shape.ts";
import { ArityError } from "./arity.ts";
import type { Primitive } from "./primitive.ts";

/** Parameters of `iota`: each element is its index along `axis`. */
export type IotaParams = { readonly shape: Shape; readonly dtype: DType; readonly axis: number };

/** Counts 0, 1, 2, … along one axis; takes no operands. */
export const iotaP: Primitive<IotaParams> = {
  name: "iota",
  abstractEval: (_inputs, { shape, dtype }) => [{ shape: checkShape("iota", shape), dtype }],
  evaluate: (_inputs, { shape, dtype, axis }) => {
    const data = allocate(dtype, sizeOf(shape));
    const inner = sizeOf(shape.slice(axis + 1));
    for (let i = 0; i < data.length; i++) data[i] = Math.floor(i / inner) % dim(shape, axis);
    return [{ shape, dtype, data }];
  },
  vmap: (inputs) => {
    throw new ArityError("iota", 0, inputs.length); // has no operand that could be batched
  },
};
