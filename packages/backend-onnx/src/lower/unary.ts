import type { Params } from "@adjoint/core/backend";
import { binary, cast, like, test, unary, where } from "./emit.ts";
import type { GraphBuilder } from "./graph-builder.ts";
import { type Lowering, type LoweringTable, NoKernelError, one } from "./lowering.ts";
import { numberParam } from "@adjoint/core/passes";
import { erfInv } from "./special.ts";
import { isFloatType, type Value } from "./value.ts";

type G = GraphBuilder;

const direct = (op: string): Lowering => one((g, x) => unary(g, op, x));

/** Operators whose CPU kernel exists for float32 alone. */
const single = (op: string): Lowering =>
  one((g, x) => {
    if (x.type !== "float32") throw new NoKernelError(op, x.type);
    return unary(g, op, x);
  });

const identity: Lowering = one((_g, x) => x);

const neg = (g: G, x: Value): Value =>
  x.type === "uint32" ? binary(g, "Sub", like(g, 0, x), x) : unary(g, "Neg", x);

// Sign of ONNX gives 0 for -0 and NaN, which are kept here
const sign = (g: G, x: Value): Value => {
  if (!isFloatType(x.type)) return unary(g, "Sign", x);
  const hasSign = test(g, "Greater", unary(g, "Abs", x), like(g, 0, x));
  return where(g, hasSign, unary(g, "Sign", x), x);
};

const minusOne = (g: G, x: Value): Value => binary(g, "Sub", x, like(g, 1, x));

// Kahan: the rounding of exp(x) cancels in (u - 1) / log(u)
const expm1 = (g: G, x: Value): Value => {
  const u = unary(g, "Exp", x);
  const rest = minusOne(g, u);
  const ratio = binary(g, "Div", binary(g, "Mul", rest, x), unary(g, "Log", u));
  const small = test(g, "Less", unary(g, "Abs", x), like(g, 1, x));
  const tiny = test(g, "Equal", u, like(g, 1, x));
  return where(g, tiny, x, where(g, small, ratio, rest));
};

const log1p = (g: G, x: Value): Value => {
  const u = binary(g, "Add", x, like(g, 1, x));
  const log = unary(g, "Log", u);
  const ratio = binary(g, "Div", binary(g, "Mul", log, x), minusOne(g, u));
  const small = test(g, "Less", unary(g, "Abs", x), like(g, 1, x));
  const tiny = test(g, "Equal", u, like(g, 1, x));
  return where(g, tiny, x, where(g, small, ratio, log));
};

// Sigmoid of ONNX Runtime has a small absolute, not a small relative error
const logistic = (g: G, x: Value): Value =>
  unary(g, "Reciprocal", binary(g, "Add", unary(g, "Exp", unary(g, "Neg", x)), like(g, 1, x)));

const isFinite = (g: G, x: Value): Value =>
  isFloatType(x.type)
    ? test(g, "Equal", binary(g, "Sub", x, x), like(g, 0, x)) // inf - inf is NaN
    : test(g, "Equal", cast(g, x, "int32"), cast(g, x, "int32"));

const chain = (g: G, x: Value, exponent: number): Value => {
  let result: Value | undefined;
  let power = x;
  for (let e = exponent; e > 0; e = Math.floor(e / 2)) {
    if (e % 2 === 1) result = result === undefined ? power : binary(g, "Mul", result, power);
    if (e > 1) power = binary(g, "Mul", power, power);
  }
  return result ?? binary(g, "Add", binary(g, "Mul", x, like(g, 0, x)), like(g, 1, x));
};

const integerPow = (g: G, x: Value, params: Params): Value => {
  const exponent = numberParam(params, "exponent");
  if (exponent === 0) return where(g, test(g, "Equal", x, x), like(g, 1, x), like(g, 1, x));
  if (exponent > 0 && (exponent <= 16 || !isFloatType(x.type))) return chain(g, x, exponent);
  if (exponent === -1) return unary(g, "Reciprocal", x);
  return binary(g, "Pow", x, like(g, exponent, x));
};

/** Elementwise operations of one operand. */
export const unaryLowerings: LoweringTable = {
  neg: one(neg),
  abs: one((g, x) => (x.type === "uint32" ? x : unary(g, "Abs", x))),
  sign: one(sign),
  floor: direct("Floor"),
  ceil: direct("Ceil"),
  round: direct("Round"),
  exp: direct("Exp"),
  expm1: one(expm1),
  log: direct("Log"),
  log1p: one(log1p),
  sqrt: direct("Sqrt"),
  rsqrt: one((g, x) => unary(g, "Reciprocal", unary(g, "Sqrt", x))),
  sin: direct("Sin"),
  cos: direct("Cos"),
  tan: single("Tan"),
  asin: single("Asin"),
  acos: single("Acos"),
  atan: single("Atan"),
  sinh: single("Sinh"),
  cosh: single("Cosh"),
  tanh: direct("Tanh"),
  asinh: single("Asinh"),
  acosh: single("Acosh"),
  atanh: single("Atanh"),
  logistic: one(logistic),
  erf: single("Erf"),
  erfInv: one(erfInv),
  not: one((g, x) => unary(g, x.type === "bool" ? "Not" : "BitwiseNot", x)),
  isFinite: one(isFinite),
  stopGradient: identity,
  barrier: identity,
  integerPow: one(integerPow),
};
