import * as core from "@adjoint/core";
import { describe, expect, it } from "vitest";

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
