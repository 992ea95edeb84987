import { DTypeError } from "../errors.ts";
import { broadcastShapes } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { ArityError } from "./arity.ts";
import { elementwiseVmap, fit, mapElements, transposeEach } from "./elementwise.ts";
import { bindOne, only, type Primitive, type TransposeInput } from "./primitive.ts";
import { formatAvals, type NoParams } from "./unary.ts";

const three = <T>(list: readonly T[]): readonly [T, T, T] => {
  const [a, b, c] = list;
  if (a === undefined || b === undefined || c === undefined)
    throw new ArityError("where", 3, list.length);
  return [a, b, c];
};

const conditionOf = (inputs: readonly TransposeInput[]): Tensor => {
  const [condition] = inputs;
  if (condition === undefined || condition.linear) throw new ArityError("where", 3, inputs.length);
  return condition.value;
};

/** Elements of the second operand where the first is true, of the third elsewhere; all three broadcast. */
export const selectP: Primitive<NoParams> = {
  name: "where",
  abstractEval: (inputs) => {
    const [condition, a, b] = three(inputs);
    if (condition.dtype !== "bool" || a.dtype !== b.dtype)
      throw new DTypeError({
        operation: "where",
        rule: "takes a bool condition and two operands of one dtype",
        got: formatAvals(inputs),
      });
    return [{ shape: broadcastShapes("where", condition.shape, a.shape, b.shape), dtype: a.dtype }];
  },
  evaluate: (inputs) => {
    const [, a] = three(inputs);
    return [mapElements("where", inputs, a.dtype, (c = 0, x = 0, y = 0) => (c === 0 ? y : x))];
  },
  vmap: (inputs, batched) => elementwiseVmap(inputs, batched, (xs) => bindOne(selectP, xs, {})),
  jvp: (inputs, tangents, outputs) => {
    const [condition] = three(inputs);
    const [, ta = null, tb = null] = tangents;
    const y = only(outputs);
    if (ta === null && tb === null) return [null];
    return [fit(condition.where(ta ?? y.literal(0, y.dtype), tb ?? y.literal(0, y.dtype)), y)];
  },
  transpose: (cotangents, inputs) => {
    const ct = only(cotangents);
    if (ct === null) return inputs.map(() => null);
    const zero = ct.literal(0, ct.dtype);
    return transposeEach(inputs, (i) => {
      const condition = conditionOf(inputs);
      return i === 1 ? condition.where(ct, zero) : condition.where(zero, ct);
    });
  },
};
