import { cast, type DType, isFloat, type Tensor } from "@adjoint/core";
import type { Case } from "../row.ts";
import { floatPart, orderOf, pullback, pushforward } from "./derivatives.ts";
import { call, ConformanceError, expectClose, read, tensorsOf, type Tolerance } from "./values.ts";

/**
 * Each operation rounds to 11 bits (8 in bfloat16); composites make a handful of roundings, and cancellation lets
 * them show at the size of the largest element.
 */
const halfTolerance = (dtype: DType): Tolerance => {
  if (dtype === "float16") return { relative: 1e-2, ofLargest: 4e-3 };
  if (dtype === "bfloat16") return { relative: 6e-2, ofLargest: 3e-2 };
  return { relative: 1e-5, ofLargest: 1e-5 };
};

/** Cotangents have the types of the arguments, tangents those of the results. */
const checkDerivativeTypes = (c: Case, xs: readonly Tensor[], ys: readonly Tensor[]): void => {
  const f = floatPart(c.run, xs);
  const isOne = (x: Tensor): boolean => isFloat(x.dtype);
  const floats = xs.filter(isOne);
  const typesOf = (list: readonly Tensor[]): string =>
    list.map((x) => `${x.dtype}[${x.shape.join(",")}]`).join(" ");
  const [cotangents, tangents] = [pullback(f)(...floats), pushforward(f)(...floats)];
  const got = `${typesOf(cotangents)} and ${typesOf(tangents)}`;
  const expected = `${typesOf(floats)} and ${typesOf(ys.filter(isOne))}`;
  if (got !== expected)
    throw new ConformanceError(`types of derivatives: got ${got}, expected ${expected}`);
};

/** The narrower float types give what float64 gives, rounded, and results of their own type. */
export const checkPrecision = async (c: Case, dtype: DType): Promise<void> => {
  const narrow = tensorsOf(c.args, dtype);
  const actual = call(c.run, narrow);
  // the same stored numbers, in double precision
  const wide = narrow.map((x) => (x.dtype === dtype ? cast(x, "float64") : x));
  const exact = call(c.run, wide).map((y, i) => cast(y, actual[i]?.dtype ?? y.dtype));
  expectClose(dtype, await read(actual), await read(exact), halfTolerance);
  if (orderOf(c) > 0) checkDerivativeTypes(c, narrow, actual);
};
