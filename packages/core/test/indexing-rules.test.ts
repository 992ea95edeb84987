import {
  at,
  cumlogsumexp,
  cummax,
  cummin,
  cumprod,
  cumsum,
  dynamicSlice,
  dynamicUpdateSlice,
  fromData,
  gather,
  get,
  argmax,
  argsort,
  scatterAdd,
  scatterMax,
  scatterMin,
  scatterMul,
  scatterSet,
  sort,
  take,
  takeAlongAxis,
  tensor,
  type Tensor,
  topK,
} from "@adjoint/core";
import { describe, it } from "vitest";
import { checkDerivatives, checkVmap } from "./support/rules.ts";

/** Distinct, irregular values. */
const wave = (...shape: readonly number[]): Tensor => {
  const size = shape.reduce((n, d) => n * d, 1);
  return fromData(
    Float64Array.from({ length: size }, (_, i) => 2 * Math.sin(1.7 * i + 0.3)),
    shape,
  );
};
const ints = (data: readonly number[], ...shape: readonly number[]): Tensor =>
  fromData(Int32Array.from(data), shape);

const rows = ints([2, 0, 2, 9, -1], 5, 1); // a duplicate, and one beyond the end
const pairs = ints([0, 1, 2, 2, 0, 1, 1, 0], 4, 2);
const batchRows = ints([0, 2, 2, 1, 1, 0], 2, 3, 1);
const spots = {
  "rows of a matrix": [rows, [3, 2], [5, 2], 0],
  pairs: [pairs, [3, 3], [4], 0],
  "batched rows": [batchRows, [2, 3], [2, 3], 1],
} as const;

const modes = { scatterSet, scatterAdd, scatterMul, scatterMax, scatterMin };

describe.each(Object.entries(spots))(
  "scatter into %s",
  (_name, [indices, shape, updates, batchDims]) => {
    it.each(Object.entries(modes))("%s", (_mode, scatter) => {
      const u = wave(...updates)
        .mul(1.3)
        .add(0.11);
      const x = wave(...shape);
      checkDerivatives((v) => scatter(v, indices, u, { batchDims }), x);
      checkDerivatives((v) => scatter(x, indices, v, { batchDims }), u);
      checkDerivatives((v) => scatter(x.mul(v.sum()), indices, v.mul(v), { batchDims }), u);
    });
  },
);

describe("derivatives", () => {
  it("scatterMul with zeros among the factors", () => {
    const u = tensor([0, 3, 0, 2, 5], { dtype: "float64" });
    checkDerivatives((v) => scatterMul(wave(3), ints([1, 1, 1, 0, 7], 5, 1), v), u);
    checkDerivatives(
      (v) => scatterMul(v, ints([1, 1, 1, 0, 7], 5, 1), u),
      tensor([1, 0, 2], { dtype: "float64" }),
    );
  });
  it("gather, also where indices are clamped", () => {
    checkDerivatives((v) => gather(v, rows).pow(2), wave(3, 2));
    checkDerivatives((v) => gather(v, pairs).pow(2), wave(3, 3));
    checkDerivatives((v) => gather(v, ints([0, 9, -9, 1], 2, 2)).pow(2), wave(2, 3));
    checkDerivatives((v) => gather(v, batchRows, { batchDims: 1 }).pow(2), wave(2, 3, 2));
    checkDerivatives((v) => take(v, [1, 1, 0], { axis: 1 }).pow(3), wave(2, 3, 2));
    checkDerivatives((v) => takeAlongAxis(v, [[1], [0]], 1).pow(3), wave(2, 3));
    checkDerivatives((v) => get(v, [0, 1], ":", [1, 2]).pow(2), wave(2, 2, 3));
    checkDerivatives((v) => at(v, ":", { step: -2 }).mul(v.sum()).pow(2), wave(2, 3));
    checkDerivatives((v) => at(wave(2, 3), { start: 1 }, [0, 0, 2]).set(v).pow(2), wave(3));
  });
  it("dynamicSlice and dynamicUpdateSlice", () => {
    checkDerivatives((v) => dynamicSlice(v, [1, 7], [2, 2]).pow(2), wave(3, 4));
    checkDerivatives((v) => dynamicUpdateSlice(v, wave(2, 1), [1, 2]).pow(2), wave(3, 4));
    checkDerivatives((v) => dynamicUpdateSlice(wave(3, 4), v, [1, 9]).pow(2), wave(2, 2));
    checkDerivatives((v) => dynamicUpdateSlice(v, v.slice([0], [2]).pow(2), [1]), wave(4));
  });
  it("sort and topK", () => {
    checkDerivatives((v) => sort(v, 0).pow(2), wave(4, 3));
    checkDerivatives((v) => sort(v, -1, { descending: true }).pow(2), wave(2, 5));
    checkDerivatives((v) => topK(v, 2)[0].pow(3), wave(2, 5));
    checkDerivatives((v) => topK(v.pow(2), 2, 0)[0], wave(4, 2));
  });
  it.each(Object.entries({ cumsum, cumprod, cummax, cummin, cumlogsumexp }))("%s", (_name, f) => {
    for (const reverse of [false, true])
      for (const axis of [0, 1]) checkDerivatives((v) => f(v, axis, { reverse }), wave(3, 5));
    checkDerivatives((v) => f(v.pow(2)), wave(7));
    checkDerivatives((v) => f(v), wave(1));
  });
  it("cumprod with zeros among the factors", () => {
    for (const reverse of [false, true])
      checkDerivatives(
        (v) => cumprod(v, 0, { reverse }),
        tensor([2, 0, 3, 0, -1.5, 0.5], { dtype: "float64" }),
      );
  });
  it("cumlogsumexp at ties and far values", () => {
    checkDerivatives((v) => cumlogsumexp(v), tensor([1, 1, 1, -40, 3, 3], { dtype: "float64" }));
  });
});

describe("vmap against a loop", () => {
  const both = [
    [true, false],
    [false, true],
    [true, true],
  ] as const;
  const three = [
    [true, false, false],
    [false, true, false],
    [false, false, true],
    [true, true, false],
    [true, true, true],
  ] as const;
  it.each(both)("gather %s %s", (a, b) => {
    const x = a ? wave(2, 3, 2) : wave(3, 2);
    const i = b ? ints([0, 2, 1, 9, 1, 1], 2, 3, 1) : ints([2, 0, 5], 3, 1);
    checkVmap((v, k) => gather(v ?? x, k ?? i), [x, i], [a, b]);
    const batched = a ? wave(2, 3, 4) : wave(3, 4);
    const own = b ? ints([0, 2, 1, 3, 1, 1], 2, 3, 1, 1) : ints([2, 0, 5], 3, 1, 1);
    checkVmap((v, k) => gather(v ?? x, k ?? i, { batchDims: 1 }), [batched, own], [a, b]);
  });
  it.each(three)("scatter %s %s %s", (a, b, c) => {
    const x = a ? wave(2, 3, 2) : wave(3, 2);
    const i = b ? ints([0, 2, 0, 9, 1, 1], 2, 3, 1) : ints([2, 0, 2], 3, 1);
    const u = c ? wave(2, 3, 2).add(1) : wave(3, 2).add(1);
    for (const scatter of Object.values(modes))
      checkVmap((v, k, w) => scatter(v ?? x, k ?? i, w ?? u), [x, i, u], [a, b, c]);
  });
  it.each(both)("dynamicSlice %s %s", (a, b) => {
    const x = a ? wave(2, 3, 4, 2) : wave(3, 4, 2);
    const s = b ? ints([0, 2, 0, 2, 1, 0], 2, 3) : ints([1, 1, 0], 3);
    checkVmap((v, k) => dynamicSlice(v ?? x, k ?? s, [2, 2, 2]), [x, s], [a, b]);
    checkVmap((v, k) => dynamicSlice(v ?? x, k ?? s, [3, 4, 2]), [x, s], [a, b]);
    checkVmap(
      (v, k) => dynamicSlice(v ?? x, [0, (k ?? s).slice([1], [2]).reshape([]), 0], [3, 1, 2]),
      [x, s],
      [a, b],
    );
  });
  it.each(three)("dynamicUpdateSlice %s %s %s", (a, b, c) => {
    const x = a ? wave(2, 3, 4) : wave(3, 4);
    const u = b ? wave(2, 2, 3).add(5) : wave(2, 3).add(5);
    const s = c ? ints([0, 1, 7, 0], 2, 2) : ints([1, 0], 2);
    checkVmap((v, w, k) => dynamicUpdateSlice(v ?? x, w ?? u, k ?? s), [x, u, s], [a, b, c]);
    const full = b ? wave(2, 3, 4).add(5) : wave(3, 4).add(5);
    checkVmap((v, w, k) => dynamicUpdateSlice(v ?? x, w ?? u, k ?? s), [x, full, s], [a, b, c]);
  });
  it("ordering and cumulative operations", () => {
    const x = wave(3, 2, 5);
    const unary = (f: (v: Tensor) => Tensor): void => checkVmap((v) => f(v ?? x), [x], [true]);
    unary((v) => sort(v, 0));
    unary((v) => argsort(v, -1, { descending: true }));
    unary((v) => topK(v, 2)[0]);
    unary((v) => topK(v, 1, 0)[1]);
    unary((v) => argmax(v, 1));
    for (const f of [cumsum, cumprod, cummax, cummin, cumlogsumexp]) {
      unary((v) => f(v, 0));
      unary((v) => f(v, 1, { reverse: true }));
    }
  });
});
