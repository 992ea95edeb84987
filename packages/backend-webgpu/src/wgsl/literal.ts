import type { DType } from "@adjoint/core/backend";
import { valueType } from "./value.ts";

/** `-0f` and a constant with its bits may become 0 on the way to the device. */
const negativeZero = "adj_negative_zero()";

const float = (value: number): string => {
  const x = Math.fround(value);
  if (Number.isNaN(x)) return "adj_nan()";
  if (x === Number.POSITIVE_INFINITY) return "adj_inf()";
  if (x === Number.NEGATIVE_INFINITY) return "(-adj_inf())";
  return Object.is(x, -0) ? negativeZero : negative(`${x}f`);
};

const negative = (digits: string): string => (digits.startsWith("-") ? `(${digits})` : digits);

/**
 * WGSL for a number of a dtype, of its value type. NaN, infinities and -0, which WGSL has no literals for, are calls of the library's
 * functions (see `libraryIn`).
 */
export const literalOf = (value: number, dtype: DType): string => {
  switch (valueType(dtype)) {
    case "bool":
      return value === 0 ? "false" : "true";
    case "u32":
      return `${value >>> 0}u`;
    case "i32":
      return (value | 0) === -(2 ** 31) ? "i32(-2147483648)" : negative(`${value | 0}i`);
    default:
      return float(value);
  }
};

/** Whether an expression is a number that `literalOf` wrote, NaN and infinities aside. */
export const isLiteral = (code: string): boolean =>
  code === negativeZero ||
  /^(true|false|i32\(-2147483648\)|\(?-?[\d.]+(e[+-]?\d+)?[fiu]\)?)$/.test(code);
