import { ShapeError } from "../errors.ts";
import { broadcastShapes, checkShape, formatShape, sameShape } from "../shape.ts";
import { alignTo, broadcastData, unbroadcast } from "./elementwise.ts";
import { bindOne, only, type Primitive } from "./primitive.ts";
import type { ShapeParams } from "./reshape.ts";

/** Repeats along new leading axes and along axes of size 1, as NumPy broadcasting does. */
export const broadcastP: Primitive<ShapeParams> = {
  name: "broadcastTo",
  abstractEval: (inputs, { shape }) => {
    const x = only(inputs);
    if (
      !sameShape(broadcastShapes("broadcastTo", x.shape, checkShape("broadcastTo", shape)), shape)
    )
      throw new ShapeError({
        operation: "broadcastTo",
        rule: "the target must have every axis of the operand, or a size where the operand has 1",
        got: `${formatShape(x.shape)} to ${formatShape(shape)}`,
      });
    return [{ shape, dtype: x.dtype }];
  },
  evaluate: (inputs, { shape }) => {
    const x = only(inputs);
    return [{ shape, dtype: x.dtype, data: broadcastData(x, shape).slice() }];
  },
  jvp: (_inputs, tangents, _outputs, { shape }) => [tangents[0]?.broadcastTo(shape) ?? null],
  transpose: (cotangents, inputs) => {
    const ct = only(cotangents);
    return [ct === null ? null : unbroadcast(ct, only(inputs).aval)];
  },
  vmap: (inputs, _batched, { shape }, { size }) => ({
    outputs: [
      bindOne(broadcastP, [alignTo(only(inputs), shape.length)], { shape: [size, ...shape] }),
    ],
    batched: [true],
  }),
};
