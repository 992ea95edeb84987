import { isLiteral } from "../literal.ts";
import { byType, calls, identity, infix, operandsOf, type Rule } from "./rule.ts";

/** Value of a float literal; -0 is the only one that is no plain number. */
const number = (literal: string): number =>
  literal.startsWith("adj_") ? -0 : Number.parseFloat(literal.replace(/^\(/, ""));

/**
 * The larger or smaller of two floats; NaN when either is. Beside a literal one comparison does: equal zeros of different sign are
 * told apart by whether it is strict.
 */
const extreme =
  (name: "max" | "min"): Rule =>
  (call) => {
    const [first, second] = operandsOf(call);
    const [a, b] = isLiteral(first) ? [second, first] : [first, second];
    if (!isLiteral(b)) return { code: `adj_${name}(${a}, ${b})`, cost: 3 };
    const keepsLiteral = Object.is(number(b), name === "max" ? 0 : -0);
    const operator = `${name === "max" ? ">" : "<"}${keepsLiteral ? "" : "="}`;
    return { code: `select(${b}, ${a}, (${a} ${operator} ${b}) | adj_is_nan(${a}))`, cost: 2 };
  };

const integerExtreme = (name: "max" | "min"): Rule => calls(name, 1);

/** Products by squaring, the first factors first; each rounds, so longer chains go through logarithms. */
const longestChain = 7;

/** Reciprocals are taken before the product, whose own could have overflowed. */
const longestReciprocal = 3;

const chain = (x: string, exponent: number): string => {
  if (exponent === 1) return x;
  const half = chain(x, Math.floor(exponent / 2));
  return exponent % 2 === 0 ? `(${half} * ${half})` : `(${half} * ${half} * ${x})`;
};

const exponentOf = (params: Readonly<Record<string, unknown>>): number => {
  const { exponent } = params;
  return typeof exponent === "number" ? exponent : 0;
};

const integerPowOfFloat: Rule = ({ args: [x = ""], params }) => {
  const exponent = exponentOf(params);
  const size = Math.abs(exponent);
  if (size === 0) return { code: "1f", cost: 0 };
  if (size > (exponent < 0 ? longestReciprocal : longestChain) || !Number.isInteger(size))
    return { code: `adj_pow(${x}, ${exponent < 0 ? `(${exponent}f)` : `${exponent}f`})`, cost: 60 };
  return { code: chain(exponent < 0 ? `(1f / ${x})` : x, size), cost: size };
};

const integerPowOfInteger: Rule = ({ args: [x = ""], params, type }) => {
  const exponent = Math.max(exponentOf(params), 0);
  if (exponent <= longestChain)
    return { code: exponent === 0 ? `${type}(1)` : chain(x, exponent), cost: exponent };
  return {
    code: type === "i32" ? `adj_pow_i32(${x}, ${exponent}i)` : `adj_pow_u32(${x}, ${exponent}u)`,
    cost: 20,
  };
};

const negative: Rule = ({ args: [x = ""] }) => ({ code: `(-${x})`, cost: 1 });
const negativeUnsigned: Rule = ({ args: [x = ""] }) => ({ code: `(~${x} + 1u)`, cost: 1 });
const signOfUnsigned: Rule = ({ args: [x = ""] }) => ({ code: `min(${x}, 1u)`, cost: 1 });

/** Sums, products, extremes, powers and other arithmetic of one to three numbers. */
export const arithmetic: Readonly<Record<string, Rule>> = {
  add: infix("+"),
  sub: infix("-"),
  mul: infix("*"),
  div: byType({ f32: infix("/"), i32: calls("adj_div_i32", 10), u32: calls("adj_div_u32", 10) }),
  rem: byType({
    f32: calls("adj_rem", 40),
    i32: calls("adj_rem_i32", 10),
    u32: calls("adj_rem_u32", 10),
  }),
  pow: byType({
    f32: calls("adj_pow", 60),
    i32: calls("adj_pow_i32", 60),
    u32: calls("adj_pow_u32", 60),
  }),
  integerPow: byType({
    f32: integerPowOfFloat,
    i32: integerPowOfInteger,
    u32: integerPowOfInteger,
  }),
  fma: calls("adj_fma", 20),
  max: byType({
    f32: extreme("max"),
    i32: integerExtreme("max"),
    u32: integerExtreme("max"),
    bool: infix("|"),
  }),
  min: byType({
    f32: extreme("min"),
    i32: integerExtreme("min"),
    u32: integerExtreme("min"),
    bool: infix("&"),
  }),
  neg: byType({ f32: negative, i32: negative, u32: negativeUnsigned }),
  abs: byType({ f32: calls("abs", 1), i32: calls("abs", 1), u32: identity }),
  sign: byType({ f32: calls("adj_sign", 3), i32: calls("sign", 1), u32: signOfUnsigned }),
};
