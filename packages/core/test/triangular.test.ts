import {
  diag,
  diagonal,
  grad,
  oneHot,
  ones,
  ShapeError,
  type Tensor,
  tensor,
  trace,
  tril,
  triu,
  zeros,
} from "@adjoint/core";
import { describe, expect, it } from "vitest";
import {
  type Case,
  casesOf,
  expected,
  numberOption,
  tensorsOf,
  title,
} from "./support/indexing-fixtures.ts";
import { closeTo, weighted } from "./support/rules.ts";

const offset = (c: Case): { offset: number } => ({
  offset: numberOption(c, "k") ?? numberOption(c, "offset") ?? 0,
});
const axes = (c: Case): { axis1: number; axis2: number } => ({
  axis1: numberOption(c, "axis1") ?? 0,
  axis2: numberOption(c, "axis2") ?? 1,
});

const runs: Readonly<Record<string, (x: Tensor, c: Case) => Tensor>> = {
  tril: (x, c) => tril(x, offset(c)),
  triu: (x, c) => triu(x, offset(c)),
  diag: (x, c) => diag(x, offset(c)),
  diagonal: (x, c) => diagonal(x, { ...offset(c), ...axes(c) }),
  trace: (x, c) => trace(x, { ...offset(c), ...axes(c) }),
  oneHot: (x, c) =>
    oneHot(x, numberOption(c, "numClasses") ?? 0, { axis: numberOption(c, "axis") ?? -1 }),
};

describe.each(Object.entries(runs))("%s as JAX", (op, run) => {
  it.each(casesOf(op).map((c) => [title(c), c] as const))("%s", (_name, c) => {
    const [x = zeros([0])] = tensorsOf(c);
    const [wanted] = expected(c);
    const y = run(x, c);
    expect(y.shape).toEqual(wanted?.shape);
    closeTo(y, wanted?.data ?? []);
    const [gradient] = c.grads ?? [];
    if (gradient === undefined || gradient === null) return;
    closeTo(grad((v: Tensor) => weighted(run(v, c)))(x), gradient.map(Number));
  });
});

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
