import { DTypeError } from "../errors.ts";
import { broadcastShapes } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { ArityError } from "./arity.ts";
import { addTangents, elementwiseVmap, fit, mapElements } from "./elementwise.ts";
import { bindOne, only, type Primitive, type Tangent } from "./primitive.ts";
import { checkDomain, formatAvals, type NoParams } from "./unary.ts";

const three = <T>(list: readonly T[]): readonly [T, T, T] => {
  const [a, b, c] = list;
  if (a === undefined || b === undefined || c === undefined)
    throw new ArityError("fma", 3, list.length);
  return [a, b, c];
};

const times = (t: Tangent | undefined, factor: Tensor): Tangent => t?.mul(factor) ?? null;

/**
 * `a * b + c` rounded once, elementwise with broadcasting. Decomposes into a product and a sum, which round twice:
 * a backend that can compute in float64 should, to give the same bits.
 */
export const fmaP: Primitive<NoParams> = {
  name: "fma",
  abstractEval: (inputs) => {
    const [a, b, c] = three(inputs);
    checkDomain("fma", "float", a.dtype);
    if (a.dtype !== b.dtype || a.dtype !== c.dtype)
      throw new DTypeError({
        operation: "fma",
        rule: "operands must have one dtype",
        got: formatAvals(inputs),
      });
    return [{ shape: broadcastShapes("fma", a.shape, b.shape, c.shape), dtype: a.dtype }];
  },
  evaluate: (inputs) => {
    const [{ dtype }] = three(inputs);
    return [mapElements("fma", inputs, dtype, (a = 0, b = 0, c = 0) => a * b + c)];
  },
  vmap: (inputs, batched) => elementwiseVmap(inputs, batched, (xs) => bindOne(fmaP, xs, {})),
  jvp: (inputs, [ta, tb, tc = null], outputs) => {
    const [a, b] = three(inputs);
    return [fit(addTangents(addTangents(times(ta, b), times(tb, a)), tc), only(outputs))];
  },
  decompose: (inputs) => {
    const [a, b, c] = three(inputs);
    return [a.mul(b).add(c)];
  },
};
