import { type DType, isFloat } from "../dtype.ts";
import { DTypeError } from "../errors.ts";
import { formatAval } from "../ir/aval.ts";
import { erf, erfInv, erfInvSingle } from "../internal/special.ts";
import type { Tensor } from "../tensor.ts";
import { elementwiseVmap, mapElements } from "./elementwise.ts";
import { bindOne, only, type Primitive, type Tangent } from "./primitive.ts";

/** Parameters of operations without settings. */
export type NoParams = Readonly<Record<never, never>>;

/** Which dtypes an elementwise operation takes. */
export type Domain = "float" | "number" | "integer" | "bits" | "any";

const inDomain = (domain: Domain, dtype: DType): boolean => {
  if (domain === "any") return true;
  if (domain === "bits") return !isFloat(dtype);
  if (domain === "float") return isFloat(dtype);
  return domain === "integer" ? !isFloat(dtype) && dtype !== "bool" : dtype !== "bool";
};

/** Throws DTypeError unless `dtype` is in `domain`. */
export const checkDomain = (operation: string, domain: Domain, dtype: DType): void => {
  if (inDomain(domain, dtype)) return;
  const kinds = {
    float: "floating-point",
    number: "numeric",
    integer: "integer",
    bits: "integer or bool",
    any: "any",
  };
  throw new DTypeError({
    operation,
    rule: `operands must be ${kinds[domain]}`,
    got: dtype,
    fix: "use cast",
  });
};

type UnaryRule = {
  readonly name: string;
  readonly domain: Domain;
  readonly fn: (x: number, dtype: DType) => number;
  /** dtype of the result; the operand's when absent. */
  readonly result?: DType;
  /** Derivative times tangent, given the operand and the result; absent for step functions. */
  readonly derivative?: (tangent: Tensor, x: Tensor, y: Tensor) => Tensor;
  /** For linear operations: the cotangent of the operand. */
  readonly transpose?: (cotangent: Tensor) => Tensor;
};

const unary = (rule: UnaryRule): Primitive<NoParams> => {
  const primitive: Primitive<NoParams> = {
    name: rule.name,
    abstractEval: (inputs) => {
      const x = only(inputs);
      checkDomain(rule.name, rule.domain, x.dtype);
      return [{ shape: x.shape, dtype: rule.result ?? x.dtype }];
    },
    evaluate: (inputs) => {
      const x = only(inputs);
      return [mapElements(rule.name, inputs, rule.result ?? x.dtype, (v) => rule.fn(v, x.dtype))];
    },
    vmap: (inputs, batched) => elementwiseVmap(inputs, batched, (xs) => bindOne(primitive, xs, {})),
    jvp: (inputs, tangents, outputs) => [
      unaryTangent(rule, tangents[0] ?? null, only(inputs), only(outputs)),
    ],
    ...(rule.transpose === undefined ? {} : { transpose: transposeOf(rule.transpose) }),
  };
  return primitive;
};

const transposeOf =
  (rule: (cotangent: Tensor) => Tensor) =>
  (cotangents: readonly Tangent[]): readonly Tangent[] => {
    const cotangent = only(cotangents);
    return [cotangent === null ? null : rule(cotangent)];
  };

const unaryTangent = (rule: UnaryRule, tangent: Tangent, x: Tensor, y: Tensor): Tangent =>
  tangent === null || rule.derivative === undefined ? null : rule.derivative(tangent, x, y);

const sqr = (x: Tensor): Tensor => x.mul(x);

export const negP: Primitive<NoParams> = /* @__PURE__ */ unary({
  name: "neg",
  domain: "number",
  fn: (x) => -x,
  derivative: (t) => t.neg(),
  transpose: (ct) => ct.neg(),
});
export const absP: Primitive<NoParams> = /* @__PURE__ */ unary({
  name: "abs",
  domain: "number",
  fn: Math.abs,
  derivative: (t, x) => t.mul(x.sign()),
});
export const signP: Primitive<NoParams> = /* @__PURE__ */ unary({
  name: "sign",
  domain: "number",
  fn: Math.sign,
});
export const floorP: Primitive<NoParams> = /* @__PURE__ */ unary({
  name: "floor",
  domain: "float",
  fn: Math.floor,
});
export const ceilP: Primitive<NoParams> = /* @__PURE__ */ unary({
  name: "ceil",
  domain: "float",
  fn: Math.ceil,
});
/** Rounds to the nearest integer, ties to even. */
export const roundP: Primitive<NoParams> = /* @__PURE__ */ unary({
  name: "round",
  domain: "float",
  fn: (x) => roundHalfEven(x),
});
export const expP: Primitive<NoParams> = /* @__PURE__ */ unary({
  name: "exp",
  domain: "float",
  fn: Math.exp,
  derivative: (t, _x, y) => t.mul(y),
});
export const expm1P: Primitive<NoParams> = /* @__PURE__ */ unary({
  name: "expm1",
  domain: "float",
  fn: Math.expm1,
  derivative: (t, _x, y) => t.mul(y.add(1)),
});
export const logP: Primitive<NoParams> = /* @__PURE__ */ unary({
  name: "log",
  domain: "float",
  fn: Math.log,
  derivative: (t, x) => t.div(x),
});
export const log1pP: Primitive<NoParams> = /* @__PURE__ */ unary({
  name: "log1p",
  domain: "float",
  fn: Math.log1p,
  derivative: (t, x) => t.div(x.add(1)),
});
export const sqrtP: Primitive<NoParams> = /* @__PURE__ */ unary({
  name: "sqrt",
  domain: "float",
  fn: Math.sqrt,
  derivative: (t, _x, y) => t.mul(0.5).div(y),
});
export const rsqrtP: Primitive<NoParams> = /* @__PURE__ */ unary({
  name: "rsqrt",
  domain: "float",
  fn: (x) => 1 / Math.sqrt(x),
  derivative: (t, x, y) => t.mul(-0.5).mul(y.div(x)),
});
export const sinP: Primitive<NoParams> = /* @__PURE__ */ unary({
  name: "sin",
  domain: "float",
  fn: Math.sin,
  derivative: (t, x) => t.mul(x.cos()),
});
export const cosP: Primitive<NoParams> = /* @__PURE__ */ unary({
  name: "cos",
  domain: "float",
  fn: Math.cos,
  derivative: (t, x) => t.mul(x.sin()).neg(),
});
export const tanP: Primitive<NoParams> = /* @__PURE__ */ unary({
  name: "tan",
  domain: "float",
  fn: Math.tan,
  derivative: (t, _x, y) => t.mul(sqr(y).add(1)),
});
export const asinP: Primitive<NoParams> = /* @__PURE__ */ unary({
  name: "asin",
  domain: "float",
  fn: Math.asin,
  derivative: (t, x) => t.mul(sqr(x).neg().add(1).rsqrt()),
});
export const acosP: Primitive<NoParams> = /* @__PURE__ */ unary({
  name: "acos",
  domain: "float",
  fn: Math.acos,
  derivative: (t, x) => t.mul(sqr(x).neg().add(1).rsqrt()).neg(),
});
export const atanP: Primitive<NoParams> = /* @__PURE__ */ unary({
  name: "atan",
  domain: "float",
  fn: Math.atan,
  derivative: (t, x) => t.div(sqr(x).add(1)),
});
export const sinhP: Primitive<NoParams> = /* @__PURE__ */ unary({
  name: "sinh",
  domain: "float",
  fn: Math.sinh,
  derivative: (t, x) => t.mul(x.cosh()),
});
export const coshP: Primitive<NoParams> = /* @__PURE__ */ unary({
  name: "cosh",
  domain: "float",
  fn: Math.cosh,
  derivative: (t, x) => t.mul(x.sinh()),
});
export const tanhP: Primitive<NoParams> = /* @__PURE__ */ unary({
  name: "tanh",
  domain: "float",
  fn: Math.tanh,
  derivative: (t, _x, y) => t.mul(sqr(y).neg().add(1)),
});
export const asinhP: Primitive<NoParams> = /* @__PURE__ */ unary({
  name: "asinh",
  domain: "float",
  fn: Math.asinh,
  derivative: (t, x) => t.mul(sqr(x).add(1).rsqrt()),
});
export const acoshP: Primitive<NoParams> = /* @__PURE__ */ unary({
  name: "acosh",
  domain: "float",
  fn: Math.acosh,
  derivative: (t, x) => t.mul(x.sub(1).mul(x.add(1)).rsqrt()),
});
export const atanhP: Primitive<NoParams> = /* @__PURE__ */ unary({
  name: "atanh",
  domain: "float",
  fn: Math.atanh,
  derivative: (t, x) => t.div(sqr(x).neg().add(1)),
});
/** 1 / (1 + exp(-x)). */
export const logisticP: Primitive<NoParams> = /* @__PURE__ */ unary({
  name: "logistic",
  domain: "float",
  fn: (x) => 1 / (1 + Math.exp(-x)),
  derivative: (t, _x, y) => t.mul(y.mul(y.neg().add(1))),
});
/** Error function. */
export const erfP: Primitive<NoParams> = /* @__PURE__ */ unary({
  name: "erf",
  domain: "float",
  fn: erf,
  derivative: (t, x) =>
    t.mul(
      sqr(x)
        .neg()
        .exp()
        .mul(2 / Math.sqrt(Math.PI)),
    ),
});
/** Inverse error function. */
export const erfInvP: Primitive<NoParams> = /* @__PURE__ */ unary({
  name: "erfInv",
  domain: "float",
  fn: (y, dtype) => (dtype === "float64" ? erfInv(y) : erfInvSingle(y)),
  derivative: (t, _x, y) =>
    t.mul(
      sqr(y)
        .exp()
        .mul(Math.sqrt(Math.PI) / 2),
    ),
});
/** Logical not of bool, bitwise not of integers. */
export const notP: Primitive<NoParams> = /* @__PURE__ */ unary({
  name: "not",
  domain: "bits",
  fn: (x, dtype) => (dtype === "bool" ? (x === 0 ? 1 : 0) : ~x),
});
export const isFiniteP: Primitive<NoParams> = /* @__PURE__ */ unary({
  name: "isFinite",
  domain: "any",
  result: "bool",
  fn: (x) => (Number.isFinite(x) ? 1 : 0),
});
/** The operand itself, with a derivative of zero. */
export const stopGradientP: Primitive<NoParams> = /* @__PURE__ */ unary({
  name: "stopGradient",
  domain: "any",
  fn: (x) => x,
});
/** The operand itself; keeps a compiler from merging a recomputation with what it recomputes. */
export const barrierP: Primitive<NoParams> = /* @__PURE__ */ unary({
  name: "barrier",
  domain: "any",
  fn: (x) => x,
  derivative: (t) => t,
  transpose: (ct) => ct,
});

function roundHalfEven(x: number): number {
  if (Math.abs(x) >= 2 ** 52 || !Number.isFinite(x)) return x;
  const floor = Math.floor(x);
  const rest = x - floor;
  const up = rest > 0.5 || (rest === 0.5 && floor % 2 !== 0);
  const rounded = up ? floor + 1 : floor;
  return rounded === 0 && x < 0 ? -0 : rounded;
}

/** Describes dtypes in errors of operations with several operands. */
export const formatAvals = (
  avals: readonly { readonly shape: readonly number[]; readonly dtype: DType }[],
): string => avals.map(formatAval).join(" and ");
