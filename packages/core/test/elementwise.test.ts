import * as core from "@adjoint/core";
import { describe, expect, it } from "vitest";
import { type Adapter, testRows } from "./support/run-rows.ts";

const unary =
  (fn: (x: core.TensorLike) => core.Tensor): Adapter =>
  ([x]) =>
    fn(x);
const binary =
  (fn: (a: core.TensorLike, b: core.TensorLike) => core.Tensor): Adapter =>
  ([a, b]) =>
    fn(a, b);

testRows({
  abs: unary(core.abs),
  negative: unary(core.neg),
  square: unary(core.square),
  reciprocal: unary(core.reciprocal),
  sqrt: unary(core.sqrt),
  rsqrt: unary(core.rsqrt),
  cbrt: unary(core.cbrt),
  exp: unary(core.exp),
  exp2: unary(core.exp2),
  expm1: unary(core.expm1),
  log: unary(core.log),
  log2: unary(core.log2),
  log10: unary(core.log10),
  log1p: unary(core.log1p),
  sin: unary(core.sin),
  cos: unary(core.cos),
  tan: unary(core.tan),
  asin: unary(core.asin),
  acos: unary(core.acos),
  atan: unary(core.atan),
  sinh: unary(core.sinh),
  cosh: unary(core.cosh),
  tanh: unary(core.tanh),
  asinh: unary(core.asinh),
  acosh: unary(core.acosh),
  atanh: unary(core.atanh),
  erf: unary(core.erf),
  erfc: unary(core.erfc),
  erfInv: unary(core.erfInv),
  sigmoid: unary(core.sigmoid),
  sign: unary(core.sign),
  floor: unary(core.floor),
  ceil: unary(core.ceil),
  trunc: unary(core.trunc),
  round: unary(core.round),
  isnan: unary(core.isnan),
  isinf: unary(core.isinf),
  isfinite: unary(core.isfinite),
  logicalNot: unary(core.logicalNot),
  bitwiseNot: unary(core.bitwiseNot),
  add: binary(core.add),
  subtract: binary(core.sub),
  multiply: binary(core.mul),
  divide: binary(core.div),
  power: binary(core.pow),
  maximum: binary(core.maximum),
  minimum: binary(core.minimum),
  atan2: binary(core.atan2),
  hypot: binary(core.hypot),
  logaddexp: binary(core.logaddexp),
  logaddexp2: binary(core.logaddexp2),
  remainder: binary(core.remainder),
  fmod: binary(core.fmod),
  floorDivide: binary(core.floorDivide),
  copysign: binary(core.copysign),
  equal: binary(core.equal),
  notEqual: binary(core.notEqual),
  less: binary(core.less),
  lessEqual: binary(core.lessEqual),
  greater: binary(core.greater),
  greaterEqual: binary(core.greaterEqual),
  logicalAnd: binary(core.logicalAnd),
  logicalOr: binary(core.logicalOr),
  logicalXor: binary(core.logicalXor),
  bitwiseAnd: binary(core.bitwiseAnd),
  bitwiseOr: binary(core.bitwiseOr),
  bitwiseXor: binary(core.bitwiseXor),
  leftShift: binary(core.leftShift),
  rightShift: binary(core.rightShift),
  where: ([c, a, b]) => core.where(c, a, b),
  clip: ([x], { min, max }) => core.clip(x, min, max),
  cast: ([x], { dtype }) => core.cast(x, dtype),
});

const f64 = (data: core.NestedData): core.Tensor => core.tensor(data, { dtype: "float64" });

describe("elementwise functions", () => {
  it("are accurate in float64", async () => {
    const [three = 0, ten = 0] = await core.erfc(f64([3, 10])).data();
    expect(three / 2.209049699858544e-5).toBeCloseTo(1, 14);
    expect(ten / 2.088487583762545e-45).toBeCloseTo(1, 14);
    expect(await core.erfInv(core.erf(f64(0.3))).item()).toBeCloseTo(0.3, 15);
    expect(await core.expm1(f64(1e-12)).item()).toBe(1.0000000000005e-12);
  });

  it("keep gradients finite beside points without a derivative", async () => {
    expect(
      await core
        .grad((x: core.Tensor) => core.abs(x))(core.tensor(0))
        .item(),
    ).toBe(0);
    expect(
      await core
        .grad((x: core.Tensor) => core.hypot(x, 0))(core.tensor(0))
        .item(),
    ).not.toBeNaN();
    expect(
      await core
        .grad((x: core.Tensor) => core.pow(x, 2))(core.tensor(0))
        .item(),
    ).toBe(0);
    expect(
      await core
        .grad((x: core.Tensor) => core.logaddexp(x, -Infinity))(core.tensor(3))
        .item(),
    ).toBe(1);
    expect(
      await core
        .grad((x: core.Tensor) => core.cbrt(x))(core.tensor(0))
        .item(),
    ).toBe(Infinity);
  });

  it("bitcast reads the same bits", async () => {
    const x = core.tensor([1, -2, 0.5]);
    expect(await core.bitcast(core.bitcast(x, "uint32"), "float32").toArray()).toEqual([
      1, -2, 0.5,
    ]);
    expect(() => core.bitcast(core.tensor([true]), "int32")).toThrow(core.DTypeError);
  });

  it("isclose and allclose follow NumPy", async () => {
    const a = core.tensor([1, Infinity, NaN, 1]);
    const b = core.tensor([1.000001, Infinity, NaN, 2]);
    expect(await core.isclose(a, b).toArray()).toEqual([true, true, false, false]);
    expect(await core.isclose(a, b, { equalNan: true }).toArray()).toEqual([
      true,
      true,
      true,
      false,
    ]);
    expect(await core.allclose(a, b).item()).toBe(false);
    expect(await core.isclose(1, Infinity).item()).toBe(false);
  });

  it("refuse operands that do not broadcast, naming both shapes", () => {
    expect(() => core.add(core.zeros([2]), core.zeros([3]))).toThrow(
      /add: shapes must broadcast.*\[2\] and \[3\]/,
    );
    expect(() => core.sub(core.tensor([true]), core.tensor([true]))).toThrow(core.DTypeError);
    expect(() => core.bitwiseAnd(core.tensor([1]), core.tensor([1]))).toThrow(core.DTypeError);
    expect(() => core.cast(1, "int64" as never)).toThrow(/unknown dtype.*int64/);
  });

  it("reads an operand that is not a tensor as an error with a fix", () => {
    expect(() => core.add([1, 2] as never, 1)).toThrow(/tensor\(\.\.\.\)/);
    expect(() => core.exp(null as never)).toThrow(core.ArgumentError);
  });
});
