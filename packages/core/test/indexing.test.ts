import {
  ArgumentError,
  at,
  DTypeError,
  dynamicSlice,
  dynamicUpdateSlice,
  gather,
  get,
  grad,
  iota,
  jit,
  oneHot,
  scatterAdd,
  scatterMul,
  scatterSet,
  ShapeError,
  take,
  takeAlongAxis,
  type Tensor,
  tensor,
  TracerError,
  zeros,
} from "@adjoint/core";
import { describe, expect, it } from "vitest";

const x: Tensor = iota([24]).reshape([2, 3, 4]);
const values = (t: Tensor): unknown => t.toArraySync();

describe("get", () => {
  it("takes numbers, ranges, new axes and an ellipsis", () => {
    expect(values(get(x, 1, -1, 0))).toBe(20);
    expect(values(get(x, 0, { start: 1 }, { stop: -2 }))).toEqual([
      [4, 5],
      [8, 9],
    ]);
    expect(values(get(x, "...", { start: 3, stop: 0, step: -2 }))).toEqual([
      [
        [3, 1],
        [7, 5],
        [11, 9],
      ],
      [
        [15, 13],
        [19, 17],
        [23, 21],
      ],
    ]);
    expect(get(x, null, ":", null, 1).shape).toEqual([1, 2, 1, 4]);
    expect(get(x).shape).toEqual([2, 3, 4]);
    expect(get(x, ":", { start: 5 }).shape).toEqual([2, 0, 4]);
    expect(values(get(x, 0, 0, { step: -1, start: -10 }))).toEqual([]);
    expect(values(get(x, 0, 0, { stop: 100 }))).toEqual([0, 1, 2, 3]);
  });
  it("broadcasts integer indices and puts their axes where NumPy does", () => {
    expect(values(get(x, [0, 1], [2, 0], [1, 1]))).toEqual([9, 13]);
    expect(get(x, ":", [[0], [1]], [0, 1, 2]).shape).toEqual([2, 2, 3]);
    expect(values(get(x, ":", [0, 2], 1))).toEqual([
      [1, 9],
      [13, 21],
    ]);
    expect(get(x, [0, 1, 1], ":", [0, 1, 2]).shape).toEqual([3, 3]); // a range between: in front
    expect(values(get(x, 0, ":", [0, 3]))).toEqual([
      [0, 4, 8],
      [3, 7, 11],
    ]); // a number counts as an index
    expect(get(x, null, [1, 0]).shape).toEqual([1, 2, 3, 4]);
    expect(values(get(x, tensor(1, { dtype: "int32" }), -1, 0))).toBe(20);
    expect(values(get(x, 0, 0, []))).toEqual([]);
    expect(values(get(x, 0, 0, [-1, -9, 9]))).toEqual([3, 0, 3]); // from the end, then clamped
  });
  it("takes bool masks over one or more axes", () => {
    expect(values(get(x, x.greater(21)))).toEqual([22, 23]);
    expect(values(get(x, 1, [false, true, true], 0))).toEqual([16, 20]);
    expect(
      get(x, [
        [true, false, true],
        [false, false, true],
      ]).shape,
    ).toEqual([3, 4]);
    expect(values(get(x, "...", [true, false, false, true]).sum())).toBe(138);
    expect(get(x, x.less(0)).shape).toEqual([0]);
  });
  it("works under jit with run-time integers, and says why masks cannot", () => {
    const pick = jit((v: Tensor, i: Tensor) => get(v, ":", i));
    expect(values(pick(x, tensor(2, { dtype: "int32" })))).toEqual([
      [8, 9, 10, 11],
      [20, 21, 22, 23],
    ]);
    expect(() => jit((v: Tensor) => get(v, v.greater(3)))(x)).toThrow(TracerError);
  });
  it("refuses what does not fit", () => {
    expect(() => get(x, 2)).toThrow(ArgumentError);
    expect(() => get(x, 0.5)).toThrow(ArgumentError);
    expect(() => get(x, 0, 0, 0, 0)).toThrow(ShapeError);
    expect(() => get(x, "...", "...")).toThrow(ArgumentError);
    expect(() => get(x, { step: 0 })).toThrow(ArgumentError);
    expect(() => get(x, [0.5])).toThrow(ArgumentError);
    expect(() => get(x, tensor([0.5]))).toThrow(DTypeError);
    expect(() => get(x, [true, false, true])).toThrow(ShapeError);
    expect(() => get(x, [0, 1], [0, 1, 2])).toThrow(ShapeError);
    expect(() => get(zeros([0]), [0])).toThrow(ShapeError);
  });
});

describe("at", () => {
  const z = zeros([3, 4]);
  it("updates spans", () => {
    expect(values(at(z, 1).set([1, 2, 3, 4].length).sum(1))).toEqual([0, 16, 0]);
    expect(values(at(z, { start: 1 }, { start: 3, step: -2 }).add(tensor([1, 2])))).toEqual([
      [0, 0, 0, 0],
      [0, 2, 0, 1],
      [0, 2, 0, 1],
    ]);
    expect(values(at(z, { step: 2 }, 0).set(tensor([5, 6])))).toEqual([
      [5, 0, 0, 0],
      [0, 0, 0, 0],
      [6, 0, 0, 0],
    ]);
    expect(values(at(z.add(2), ":", 1).mul(3))).toEqual([
      [2, 6, 2, 2],
      [2, 6, 2, 2],
      [2, 6, 2, 2],
    ]);
    expect(values(at(z, 0, { step: 3 }).max(-1))).toEqual(values(z));
    expect(values(at(z, 0, { step: 3 }).min(-1))).toEqual([
      [-1, 0, 0, -1],
      [0, 0, 0, 0],
      [0, 0, 0, 0],
    ]);
    expect(values(at(tensor([1, 2, 3]), { step: -1 }).set(tensor([7, 8, 9])))).toEqual([9, 8, 7]);
    expect(values(at(z, { start: 3 }).set(1))).toEqual(values(z));
    expect(values(at(tensor(1)).add(2))).toBe(3);
  });
  it("updates integer indices and masks, inside spans too", () => {
    expect(values(at(z, [0, 2, 0], 1).add(1))).toEqual([
      [0, 2, 0, 0],
      [0, 0, 0, 0],
      [0, 1, 0, 0],
    ]);
    expect(
      values(
        at(z, { start: 1 }, [3, 0]).set(
          tensor([
            [1, 2],
            [3, 4],
          ]),
        ),
      ),
    ).toEqual([
      [0, 0, 0, 0],
      [2, 0, 0, 1],
      [4, 0, 0, 3],
    ]);
    expect(values(at(z, [true, false, true], 2).set(tensor([5, 6])))).toEqual([
      [0, 0, 5, 0],
      [0, 0, 0, 0],
      [0, 0, 6, 0],
    ]);
    expect(values(at(tensor([1, 2, 3]), [0, 0, 9, -9]).mul(5))).toEqual([25, 2, 3]); // out of range: dropped
    expect(values(at(tensor([1, 2, 3]), [1, 1]).set(tensor([8, 9])))).toEqual([1, 9, 3]); // the last wins
    expect(values(at(z, 0, [1, 2]).get())).toEqual([0, 0]);
  });
  it("keeps the operand's dtype and refuses lossy values", () => {
    const ints = tensor([1, 2], { dtype: "int32" });
    expect(at(ints, 0).set(7).dtype).toBe("int32");
    expect(() => at(ints, 0).set(0.5)).toThrow(DTypeError);
    expect(() => at(ints, 0).set(tensor(1))).toThrow(DTypeError);
    expect(() => at(z, 0).set(tensor([1, 2, 3]))).toThrow(ShapeError);
    expect(() => at(tensor([true]), [0]).add(true)).toThrow(DTypeError);
  });
  it("gives the gradient to the winner alone", () => {
    const loss = (u: Tensor) =>
      at(zeros([3]), [1, 1, 5])
        .set(u)
        .sum();
    expect(values(grad(loss)(tensor([1, 2, 3])))).toEqual([0, 1, 0]);
  });
});

describe("gather and scatter", () => {
  it("index windows, with batch axes", () => {
    expect(
      values(
        gather(
          x,
          [
            [
              [0, 1],
              [2, 3],
            ],
            [
              [1, 1],
              [0, 0],
            ],
          ],
          { batchDims: 1 },
        ),
      ),
    ).toEqual([
      [1, 11],
      [17, 12],
    ]);
    expect(
      values(
        gather(x, [
          [1, -1],
          [0, 9],
        ]),
      ),
    ).toEqual([
      [20, 21, 22, 23],
      [8, 9, 10, 11],
    ]);
    expect(gather(x, zeros([5, 0], { dtype: "int32" })).shape).toEqual([5, 2, 3, 4]);
    expect(
      values(
        scatterAdd(
          zeros([2, 2]),
          [
            [[0], [0]],
            [[1], [5]],
          ],
          tensor([
            [1, 2],
            [3, 4],
          ]),
          { batchDims: 1 },
        ),
      ),
    ).toEqual([
      [3, 0],
      [0, 3],
    ]);
    expect(values(scatterMul(tensor([2, 3]), [[0], [0]], tensor([5, 7])))).toEqual([70, 3]);
    expect(
      values(scatterSet(tensor([1, 2]), zeros([0, 1], { dtype: "int32" }), zeros([0]))),
    ).toEqual([1, 2]);
  });
  it("refuse what does not fit", () => {
    expect(() => gather(x, [0, 1, 2, 3])).toThrow(ShapeError);
    expect(() => gather(x, 0)).toThrow(ShapeError);
    expect(() => gather(x, tensor([[0]]))).toThrow(DTypeError);
    expect(() => gather(x, [[0]], { batchDims: -1 })).toThrow(ArgumentError);
    expect(() => gather(x, [[[0]]], { batchDims: 1 })).toThrow(ShapeError);
    expect(() => scatterAdd(zeros([3]), [[0]], zeros([2]))).toThrow(ShapeError);
    expect(() => dynamicSlice(zeros([3]), [0], [4])).toThrow(ShapeError);
    expect(() => dynamicSlice(zeros([3]), [0, 0], [1])).toThrow(ShapeError);
    expect(() => dynamicUpdateSlice(zeros([3]), zeros([4]), [0])).toThrow(ShapeError);
    expect(() => take(x, [0], { axis: 3 })).toThrow(ShapeError);
    expect(() => takeAlongAxis(x, [0])).toThrow(ShapeError);
    expect(() => oneHot(tensor([0.5]), 3)).toThrow(DTypeError);
  });
});
