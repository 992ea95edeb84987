import { diag, diagonal, ones, ShapeError, tensor, trace, tril, zeros } from "@adjoint/core";
import { describe, expect, it } from "vitest";

describe("edges", () => {
  it("offsets beyond the matrix and empty ones", () => {
    expect(diagonal(ones([2, 3]), { offset: 5 }).shape).toEqual([0]);
    expect(diagonal(ones([2, 3]), { offset: -2 }).shape).toEqual([0]);
    expect(diag(zeros([0])).shape).toEqual([0, 0]);
    expect(diag(zeros([0]), { offset: 2 }).toArraySync()).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(tril(zeros([0, 3])).shape).toEqual([0, 3]);
    expect(trace(ones([2, 2, 5])).toArraySync()).toEqual([2, 2, 2, 2, 2]);
    expect(
      diagonal(
        tensor([
          [true, false],
          [false, true],
        ]),
      ).toArraySync(),
    ).toEqual([true, true]);
  });
  it("refuses wrong ranks and axes", () => {
    expect(() => tril(tensor([1]))).toThrow(ShapeError);
    expect(() => diag(ones([1, 1, 1]))).toThrow(ShapeError);
    expect(() => diagonal(ones([2, 2]), { axis1: 0, axis2: -2 })).toThrow(ShapeError);
    expect(() => trace(tensor(1))).toThrow(ShapeError);
  });
});
