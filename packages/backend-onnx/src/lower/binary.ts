import { broadcastShapes } from "@adjoint/core/backend";
import { binary, cast, like, test, unary, where } from "./emit.ts";
import type { GraphBuilder } from "./graph-builder.ts";
import { type Lowering, type LoweringTable, one, operand, type Scope, two } from "./lowering.ts";
import { dtypeParam } from "@adjoint/core/passes";
import { floatToBits, wordToFloat } from "./bits.ts";
import { atan2 } from "./special.ts";
import { carrierOf, isFloatType, type Value } from "./value.ts";

type G = GraphBuilder;

const direct = (op: string): Lowering => two((g, a, b) => binary(g, op, a, b));

/** An operator on numbers with another one for bool. */
const orBool = (op: string, forBool: string): Lowering =>
  two((g, a, b) => binary(g, a.type === "bool" ? forBool : op, a, b));

/** Integer division by constants other than 0 and -1 needs no care; any other could trap. */
const isSafeDivisor = (g: G, b: Value): boolean => ![undefined, 0, -1].includes(g.uniformOf(b));

/** Divides in 64 bits, where neither 0 nor the smallest number by -1 traps; `atZero` is the result for a divisor of 0. */
const guarded = (
  g: G,
  a: Value,
  b: Value,
  op: (x: Value, y: Value) => Value,
  atZero: Value,
): Value => {
  const [x, y] = [cast(g, a, "int64"), cast(g, b, "int64")];
  const isZero = test(g, "Equal", y, like(g, 0, y));
  const result = cast(g, op(x, where(g, isZero, like(g, 1, y), y)), a.type);
  return where(g, isZero, atZero, result);
};

const div = (g: G, a: Value, b: Value): Value => {
  if (isFloatType(a.type) || isSafeDivisor(g, b)) return binary(g, "Div", a, b);
  return guarded(g, a, b, (x, y) => binary(g, "Div", x, y), like(g, -1, a));
};

const truncatedMod = (g: G, a: Value, b: Value): Value =>
  g.node(
    "Mod",
    [a, b],
    { type: a.type, shape: broadcastShapes("rem", a.shape, b.shape) },
    { fmod: { kind: "int", value: 1 } },
  );

const rem = (g: G, a: Value, b: Value): Value => {
  if (isFloatType(a.type) || isSafeDivisor(g, b)) return truncatedMod(g, a, b);
  return guarded(g, a, b, (x, y) => truncatedMod(g, x, y), a);
};

/** Integer power that wraps: squares and multiplies by the bits of the exponent. */
const integerPower = (g: G, base: Value, exponent: Value): Value => {
  const [zero, unit] = [like(g, 0, base), like(g, 1, base)];
  const isSet = (bit: number): Value =>
    test(g, "Greater", binary(g, "BitwiseAnd", exponent, like(g, 2 ** bit, exponent)), zero);
  let result: Value = unit;
  let power = base;
  for (let bit = 0; bit < (base.type === "uint32" ? 32 : 31); bit++) {
    result = where(g, isSet(bit), binary(g, "Mul", result, power), result);
    power = binary(g, "Mul", power, power);
  }
  if (base.type === "uint32") return result;
  const isOdd = test(g, "Greater", binary(g, "BitwiseAnd", exponent, unit), zero);
  const isMinusOne = test(g, "Equal", base, like(g, -1, base));
  const alternating = where(g, isMinusOne, where(g, isOdd, like(g, -1, base), unit), zero);
  const inverse = where(g, test(g, "Equal", base, unit), unit, alternating);
  return where(g, test(g, "Less", exponent, zero), inverse, result);
};

/** The kernel gives NaN for -1 to the power of an infinity, where IEEE 754 says 1. */
const floatPower = (g: G, a: Value, b: Value): Value => {
  const power = binary(g, "Pow", a, b);
  if (Number.isFinite(g.uniformOf(b))) return power;
  const isUnit = test(g, "Equal", unary(g, "Abs", a), like(g, 1, a));
  const isInfinite = test(g, "Equal", unary(g, "Abs", b), like(g, Number.POSITIVE_INFINITY, b));
  return where(g, test(g, "And", isUnit, isInfinite), like(g, 1, a), power);
};

const pow = (g: G, a: Value, b: Value): Value =>
  isFloatType(a.type) ? floatPower(g, a, b) : integerPower(g, a, b);

const shift = (g: G, a: Value, b: Value, direction: "LEFT" | "RIGHT"): Value => {
  const [x, n] = [cast(g, a, "uint32"), cast(g, b, "uint32")];
  // kernels take the count modulo 32 on some machines
  const inRange = test(g, "Less", n, like(g, 32, n));
  const node = g.node(
    "BitShift",
    [x, binary(g, "BitwiseAnd", n, like(g, 31, n))],
    { type: "uint32", shape: broadcastShapes("shift", x.shape, n.shape) },
    { direction: { kind: "string", value: direction } },
  );
  const known = g.uniformOf(n);
  const safe = known !== undefined && known < 32 ? node : where(g, inRange, node, like(g, 0, node));
  return cast(g, safe, a.type);
};

const shiftRightArithmetic = (g: G, a: Value, b: Value): Value => {
  if (a.type === "uint32") return shift(g, a, b, "RIGHT");
  const mask = where(g, test(g, "Less", a, like(g, 0, a)), like(g, -1, a), like(g, 0, a));
  const flipped = binary(g, "BitwiseXor", a, mask);
  return binary(g, "BitwiseXor", shift(g, flipped, b, "RIGHT"), mask);
};

/** Order of bools is that of 0 and 1. */
const compare = (op: string): Lowering =>
  two((g, a, b) =>
    a.type === "bool" ? test(g, op, cast(g, a, "int32"), cast(g, b, "int32")) : test(g, op, a, b),
  );

const notEqual: Lowering = two((g, a, b) => unary(g, "Not", test(g, "Equal", a, b)));

/** Floats become integers by cutting the fraction off, saturating at the ends; NaN becomes 0. */
const floatToInteger = (g: G, x: Value, low: number, high: number): Value => {
  const number = where(g, unaryTest(g, "IsNaN", x), like(g, 0, x), x);
  const bounded = g.node("Clip", [number, like(g, low, x), like(g, high, x)], x);
  const wide = cast(g, bounded, "int64"); // 2^31 - 1 is no float32: the bound above is one more
  const top = like(g, high, wide);
  return where(g, test(g, "Greater", wide, top), top, wide); // Min of int64 compares 32 bits in ONNX Runtime 1.30
};

const unaryTest = (g: G, op: string, x: Value): Value =>
  g.node(op, [x], { type: "bool", shape: x.shape });

const convert = (g: G, x: Value, type: Value["type"]): Value => {
  if (isFloatType(x.type) && type === "int32")
    return cast(g, floatToInteger(g, x, -(2 ** 31), 2 ** 31 - 1), type);
  if (isFloatType(x.type) && type === "uint32")
    return cast(g, floatToInteger(g, x, 0, 2 ** 32 - 1), type);
  return cast(g, x, type);
};

const bitcast = (g: G, x: Value, type: Value["type"]): Value => {
  if (isFloatType(x.type)) return cast(g, isFloatType(type) ? x : floatToBits(g, x), type);
  return isFloatType(type) ? wordToFloat(g, cast(g, x, "uint32")) : cast(g, x, type);
};

const select = (scope: Scope, operands: readonly Value[]): readonly Value[] => [
  where(scope.g, operand(operands, 0), operand(operands, 1), operand(operands, 2)),
];

/** a b + c rounded once: the product of two float32 is exact in double precision. */
const fma: Lowering = ({ g }, operands) => {
  const [a, b, c] = [0, 1, 2].map((i) => cast(g, operand(operands, i), "float64"));
  if (a === undefined || b === undefined || c === undefined) return [];
  return [cast(g, binary(g, "Add", binary(g, "Mul", a, b), c), "float32")];
};

/** Elementwise operations of two and three operands, and conversions. */
export const binaryLowerings: LoweringTable = {
  add: direct("Add"),
  sub: direct("Sub"),
  mul: direct("Mul"),
  div: two(div),
  rem: two(rem),
  pow: two(pow),
  atan2: two(atan2),
  max: orBool("Max", "Or"),
  min: orBool("Min", "And"),
  and: orBool("BitwiseAnd", "And"),
  or: orBool("BitwiseOr", "Or"),
  xor: orBool("BitwiseXor", "Xor"),
  shiftLeft: two((g, a, b) => shift(g, a, b, "LEFT")),
  shiftRightLogical: two((g, a, b) => shift(g, a, b, "RIGHT")),
  shiftRightArithmetic: two(shiftRightArithmetic),
  equal: two((g, a, b) => test(g, "Equal", a, b)),
  notEqual,
  less: compare("Less"),
  lessEqual: compare("LessOrEqual"),
  greater: compare("Greater"),
  greaterEqual: compare("GreaterOrEqual"),
  where: select,
  fma,
  cast: one((g, x, params) => convert(g, x, carrierOf(dtypeParam(params, "dtype")))),
  bitcast: one((g, x, params) => bitcast(g, x, carrierOf(dtypeParam(params, "dtype")))),
};
