import {
  ArgumentError,
  argmax,
  cumlogsumexp,
  cummax,
  cumprod,
  cumsum,
  grad,
  searchsorted,
  ShapeError,
  sort,
  type Tensor,
  tensor,
  topK,
  zeros,
} from "@adjoint/core";
import { describe, expect, it } from "vitest";

describe("edges", () => {
  it("order of bools, unsigned integers and empty lines", () => {
    expect(sort(tensor([4294967295, 1, 2147483648], { dtype: "uint32" })).toArraySync()).toEqual([
      1, 2147483648, 4294967295,
    ]);
    expect(sort(zeros([2, 0])).shape).toEqual([2, 0]);
    expect(sort(zeros([0, 2])).shape).toEqual([0, 2]);
    expect(topK(zeros([3, 0]), 0)[0].shape).toEqual([3, 0]);
    expect(
      topK(
        tensor([
          [1, 4],
          [3, 2],
        ]),
        1,
        0,
      )[1].toArraySync(),
    ).toEqual([[1, 0]]);
    expect(cumsum(zeros([0])).shape).toEqual([0]);
    expect(cumsum(tensor([true, true])).toArraySync()).toEqual([1, 2]);
    expect(cumsum(tensor(3)).toArraySync()).toEqual([3]);
  });
  it("searchsorted counts NaN as the largest and takes no elements", () => {
    const line = tensor([1, 2, Number.NaN, Number.NaN]);
    const wanted = tensor([0, Number.NaN, 5]);
    expect(searchsorted(line, wanted).toArraySync()).toEqual([0, 2, 2]);
    expect(searchsorted(line, wanted, { side: "right" }).toArraySync()).toEqual([0, 4, 2]);
    expect(searchsorted(zeros([0]), wanted).toArraySync()).toEqual([0, 0, 0]);
    const long = Array.from({ length: 37 }, (_, i) => i * 2);
    const probes = Array.from({ length: 80 }, (_, i) => i - 2);
    expect(searchsorted(tensor(long), tensor(probes)).toArraySync()).toEqual(
      probes.map((p) => long.filter((v) => v < p).length),
    );
    expect(searchsorted(tensor(long), tensor(probes), { side: "right" }).toArraySync()).toEqual(
      probes.map((p) => long.filter((v) => v <= p).length),
    );
  });
  it("cumlogsumexp stays finite for large, tiny and empty sums", () => {
    const x = tensor([Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, -1000, 1000, 1001], {
      dtype: "float64",
    });
    const y = cumlogsumexp(x).toArraySync();
    expect(y).toEqual([
      Number.NEGATIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      -1000,
      1000,
      1001 + Math.log1p(Math.exp(-1)),
    ]);
    const g = grad((v: Tensor) => cumlogsumexp(v).slice([2], [5]).sum())(x).toArraySync();
    const share = 1 / (1 + Math.E);
    [0, 0, 1, 1 + share, 1 - share].forEach((w, i) =>
      expect(Array.isArray(g) ? g[i] : g).toBeCloseTo(w, 12),
    );
  });
  it("refuses what does not fit", () => {
    expect(() => topK(tensor([1, 2]), 3)).toThrow(ArgumentError);
    expect(() => topK(tensor(1), 1)).toThrow(ShapeError);
    expect(() => sort(tensor([1]), 1)).toThrow(ShapeError);
    expect(() => argmax(zeros([2, 0]), 1)).toThrow(ShapeError);
    expect(() => argmax(zeros([0]))).toThrow(ShapeError);
    expect(() => cumsum(tensor([1]), 1)).toThrow(ShapeError);
    expect(() => searchsorted(zeros([2, 2]), 1)).toThrow(ShapeError);
    expect(() => cummax(tensor([1]), 0.5)).toThrow(ShapeError);
  });
  it("wraps integers and rounds halves", () => {
    expect(cumprod(tensor([65536, 65536, 3], { dtype: "int32" })).toArraySync()).toEqual([
      65536, 0, 0,
    ]);
    expect(cumsum(tensor([2147483647, 1], { dtype: "int32" })).toArraySync()).toEqual([
      2147483647, -2147483648,
    ]);
    expect(cumsum(tensor([2048, 1, 1], { dtype: "float16" })).toArraySync()).toEqual([
      2048, 2048, 2050,
    ]);
  });
});
