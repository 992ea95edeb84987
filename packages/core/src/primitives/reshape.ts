import { ShapeError } from "../errors.ts";
import { checkShape, formatShape, type Shape, sizeOf } from "../shape.ts";
import { bindOne, only, type Primitive } from "./primitive.ts";

/** Parameters of `reshape` and `broadcastTo`. */
export type ShapeParams = { readonly shape: Shape };

/** The same elements in row-major order under another shape of the same size. */
export const reshapeP: Primitive<ShapeParams> = {
  name: "reshape",
  abstractEval: (inputs, { shape }) => {
    const x = only(inputs);
    if (sizeOf(checkShape("reshape", shape)) !== sizeOf(x.shape))
      throw new ShapeError({
        operation: "reshape",
        rule: "the number of elements must stay the same",
        got: `${formatShape(x.shape)} to ${formatShape(shape)}`,
      });
    return [{ shape, dtype: x.dtype }];
  },
  evaluate: (inputs, { shape }) => [{ ...only(inputs), shape, data: only(inputs).data.slice() }],
  jvp: (_inputs, tangents, _outputs, { shape }) => [tangents[0]?.reshape(shape) ?? null],
  transpose: (cotangents, inputs) => [only(cotangents)?.reshape(only(inputs).aval.shape) ?? null],
  vmap: (inputs, _batched, { shape }, { size }) => ({
    outputs: [bindOne(reshapeP, inputs, { shape: [size, ...shape] })],
    batched: [true],
  }),
};
