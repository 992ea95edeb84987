import * as core from "@adjoint/core";
import { describe, expect, it } from "vitest";

describe("reductions", () => {
  it("have values for no elements, or say that there is none", async () => {
    const none = core.zeros([0, 2]);
    expect(await core.sum(none, 0).toArray()).toEqual([0, 0]);
    expect(await core.prod(none, 0).toArray()).toEqual([1, 1]);
    expect(await core.all(none, 0).toArray()).toEqual([true, true]);
    expect(await core.mean(none, 0).toArray()).toEqual([NaN, NaN]);
    expect(() => core.max(none, 0)).toThrow(/empty reduction.*\[0,2\]/);
    expect(core.max(none, 1).shape).toEqual([0]);
  });

  it("sum half precision in float32", async () => {
    const x = core.full([4096], 10, { dtype: "float16" });
    expect(await x.mean().item()).toBe(10); // the sum alone is beyond float16
    expect(
      await core.variance(core.tensor([60000, -60000], { dtype: "bfloat16" })).item(),
    ).toBeCloseTo(3.6e9, -8);
  });

  it("differentiate products with zeros to second order", async () => {
    const first = core.grad((x: core.Tensor) => core.prod(x));
    expect(await first(core.tensor([0, 2, 3])).toArray()).toEqual([6, 0, 0]);
    const second = core.grad((x: core.Tensor) => first(x).slice([0], [1]).sum());
    expect(await second(core.tensor([0, 2, 3])).toArray()).toEqual([0, 3, 2]);
  });

  it("give NaN for a variance with nothing to divide by", async () => {
    expect(await core.variance(core.tensor([1]), 0, { correction: 1 }).item()).toBeNaN();
    expect(await core.variance(core.tensor([1]), 0, { correction: 2 }).item()).toBeNaN();
  });

  it("refuse axes that do not exist or repeat", () => {
    expect(() => core.sum(core.zeros([2, 3]), 2)).toThrow(
      /axis must be an integer in \[-2, 1\].*axis 2/,
    );
    expect(() => core.sum(core.zeros([2, 3]), [0, -2])).toThrow(/once/);
    expect(() => core.sum(1, 0)).toThrow(/scalar has no axes/);
  });

  it("accept a scalar without axes", async () => {
    expect(await core.sum(2.5).item()).toBe(2.5);
    expect(await core.any(0).item()).toBe(false);
  });
});
