import { arange, jit, tensor, zeros } from "@adjoint/core";
import { describe, expect, it } from "vitest";

describe("a tensor prints", () => {
  it("scalars and vectors on one line", () => {
    expect(String(tensor(0.1))).toBe("Tensor(float32[]) 0.1");
    expect(String(tensor([1, -0.5, 1 / 3]))).toBe("Tensor(float32[3]) [1, -0.5, 0.33333]");
    expect(String(tensor([true, false]))).toBe("Tensor(bool[2]) [true, false]");
    expect(String(tensor([NaN, -Infinity, -0]))).toBe("Tensor(float32[3]) [NaN, -Infinity, -0]");
    expect(String(zeros([0]))).toBe("Tensor(float32[0]) []");
  });

  it("matrices in columns", () => {
    expect(
      String(
        tensor([
          [1, -20],
          [3.5, 4],
        ]),
      ),
    ).toBe("Tensor(float32[2,2])\n[[  1, -20],\n [3.5,   4]]");
  });

  it("higher ranks with empty lines between the parts", () => {
    expect(String(arange(8).reshape([2, 2, 2]))).toBe(
      "Tensor(int32[2,2,2])\n[[[0, 1],\n  [2, 3]],\n\n [[4, 5],\n  [6, 7]]]",
    );
  });

  it("the ends alone of long axes", () => {
    expect(String(arange(1000))).toBe("Tensor(int32[1000]) [0, 1, 2, …, 997, 998, 999]");
    expect(String(zeros([100, 1])).split("\n")).toHaveLength(8);
  });

  it("its type where there are no values", () => {
    const x = tensor([1]);
    x.dispose();
    expect(String(x)).toBe("Tensor(float32[1], disposed)");
    let seen = "";
    jit((y: typeof x) => {
      seen = String(y);
      return y;
    })(tensor([1, 2]));
    expect(seen).toBe("Tensor(float32[2], traced)");
  });
});
