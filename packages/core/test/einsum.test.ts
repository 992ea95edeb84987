import {
  einsum,
  grad,
  makeIr,
  matmul,
  outer,
  tensor,
  type Tensor,
  tensordot,
  vdot,
  vmap,
} from "@adjoint/core";
import { describe, expect, it } from "vitest";
import {
  checkBatching,
  checkDerivatives,
  type Fn,
  operationsOf,
  wave,
} from "./support/check-derivatives.ts";

/** Sum of products straight from the definition, one label at a time. */
const naive = (inputs: readonly string[], output: string, xs: readonly Tensor[]): number[] => {
  const sizes = new Map<string, number>();
  inputs.forEach((term, n) =>
    [...term].forEach((l, i) => sizes.set(l, Math.max(sizes.get(l) ?? 1, xs[n]?.shape[i] ?? 1))),
  );
  const labels = [...output, ...[...sizes.keys()].filter((l) => !output.includes(l))];
  const size = [...output].reduce((n, l) => n * (sizes.get(l) ?? 1), 1);
  const result = new Array<number>(size).fill(0);
  const total = labels.reduce((n, l) => n * (sizes.get(l) ?? 1), 1);
  for (let flat = 0; flat < total; flat++) {
    const place = new Map<string, number>();
    let rest = flat;
    [...labels].reverse().forEach((l) => {
      place.set(l, rest % (sizes.get(l) ?? 1));
      rest = Math.floor(rest / (sizes.get(l) ?? 1));
    });
    const product = inputs.reduce((p, term, n) => {
      const x = xs[n] as Tensor;
      const offset = [...term].reduce(
        (o, l, i) => o * (x.shape[i] ?? 1) + (x.shape[i] === 1 ? 0 : (place.get(l) ?? 0)),
        0,
      );
      return p * (x.dataSync()[offset] ?? Number.NaN);
    }, 1);
    const at = [...output].reduce((o, l) => o * (sizes.get(l) ?? 1) + (place.get(l) ?? 0), 0);
    result[at] = (result[at] ?? 0) + product;
  }
  return result;
};

const specs: readonly (readonly [string, ...(readonly number[])[]])[] = [
  ["iij->ij", [3, 3, 2]],
  ["iijj->ji", [2, 2, 3, 3]],
  ["iii->i", [3, 3, 3]],
  ["ijk->kij", [2, 3, 4]],
  ["ijk->j", [2, 3, 4]],
  ["ij,jk->ki", [2, 3], [3, 4]],
  ["ij,kl->", [2, 3], [2, 2]],
  ["ij,jki->k", [2, 3], [3, 4, 2]],
  ["ab,bc,cd,de->ae", [2, 3], [3, 4], [4, 2], [2, 3]],
  ["ab,ab,ab->b", [2, 3], [2, 3], [2, 3]],
  ["abc,c,b->a", [2, 3, 4], [4], [3]],
  ["bij,bj,b->bi", [2, 3, 4], [2, 4], [2]],
  ["ij,jj->i", [2, 3], [3, 3]],
  ["ij,jk->ik", [2, 1], [3, 4]],
  ["aB,Bc->ac", [2, 3], [3, 2]],
  ["i,j,k->kji", [2], [3], [4]],
  [",i->i", [], [3]],
];

describe.each(specs.map(([spec, ...shapes]) => [spec, shapes] as const))("%s", (spec, shapes) => {
  const xs = shapes.map((shape, i) => wave(shape, i));
  const f: Fn = (...args) => einsum(spec, ...args);
  it("agrees with the definition", () => {
    const [left = "", output = ""] = spec.split("->");
    const expected = naive(left.split(","), output, xs);
    const actual = einsum(spec, ...xs).dataSync();
    expect(actual.length).toBe(expected.length);
    expected.forEach((e, i) => expect(actual[i]).toBeCloseTo(e, 12));
  });
  it("has derivatives and batches", () => {
    checkDerivatives(f, xs);
    checkBatching(f, (n) => shapes.map((shape, i) => wave(shape, i + 5 * n)));
  });
});

describe("einsum strings", () => {
  const [a, b] = [wave([2, 3, 4]), wave([2, 4, 5], 1)];
  const same = (x: Tensor, y: Tensor): void => {
    expect(x.shape).toEqual(y.shape);
    x.dataSync().forEach((v, i) => expect(v).toBeCloseTo(y.dataSync()[i] ?? Number.NaN, 12));
  };
  it("ellipses broadcast from the right", () => {
    same(einsum("...ij,...jk->...ik", a, b), a.matmul(b));
    same(
      einsum("...ij,...jk", a, b.slice([0, 0, 0], [1, 4, 5])),
      a.matmul(b.slice([0, 0, 0], [1, 4, 5])),
    );
    same(einsum("...i->i...", a), a.transpose([2, 0, 1]));
    same(einsum("i...,...->i...", a, wave([4])), a.mul(wave([4])));
    same(
      einsum("a...,...b->ab...", wave([2, 3]), wave([3, 5], 1)),
      wave([2, 3])
        .reshape([2, 1, 3])
        .mul(wave([3, 5], 1).transpose().reshape([1, 5, 3])),
    );
    same(einsum("...", a), a);
    same(einsum("...->", a), a.sum());
  });
  it("the implicit output is alphabetical", () => {
    same(einsum("ba", wave([2, 3])), wave([2, 3]).transpose());
    same(
      einsum("cb,ca", wave([2, 3]), wave([2, 4])),
      wave([2, 4])
        .transpose()
        .matmul(wave([2, 3])),
    );
    same(einsum("i j , j k -> i k", wave([2, 3]), wave([3, 2])), wave([2, 3]).matmul(wave([3, 2])));
  });
  it("takes axes of size 0", () =>
    expect(einsum("ij,jk->ik", wave([2, 0]), wave([0, 3])).toArraySync()).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]));
  it("promotes, and counts bools", () => {
    expect(einsum("i,i->", tensor([1, 2], { dtype: "int32" }), tensor([3, 4])).dtype).toBe(
      "float32",
    );
    expect(einsum("i,i->", tensor([true, true]), tensor([true, false])).itemSync()).toBe(1);
  });
  it.each([
    [
      "ij,jk->ik",
      [
        [2, 3],
        [4, 2],
      ],
      /one size/,
    ],
    ["ij->ij", [[2, 3, 4]], /names 2 axes/],
    ["ij,jk", [[2, 3]], /one term per operand/],
    ["ij->ik", [[2, 3]], /output label/],
    ["ij->ii", [[2, 3]], /output label/],
    ["i->i->i", [[2]], /one "->"/],
    ["i.->i", [[2, 3]], /einsum/],
    ["i1->i", [[2, 3]], /letters/],
  ])("refuses %s", (spec, shapes, message) => {
    expect(() => einsum(spec, ...(shapes as number[][]).map((s) => wave(s)))).toThrow(message);
  });
});

describe("how einsum is carried out", () => {
  const products = (spec: string, ...shapes: readonly (readonly number[])[]): readonly string[] =>
    operationsOf((...xs) => einsum(spec, ...xs), ...shapes.map((s) => wave(s)));
  it("one product for a matrix product, in the order of the output", () => {
    expect(products("ij,jk->ik", [2, 3], [3, 4])).toEqual(["dotGeneral"]);
    expect(products("ij,jk->ki", [2, 3], [3, 4])).toEqual(["dotGeneral"]);
    expect(products("bhtd,bhsd->bhts", [1, 2, 3, 4], [1, 2, 5, 4])).toEqual(["dotGeneral"]);
  });
  it("no dotGeneral without a sum", () =>
    expect(products("i,j->ij", [2], [3])).not.toContain("dotGeneral"));
  it("sums what only one operand has first", () =>
    expect(products("ij,k->", [2, 3], [4])[0]).toBe("sum"));
  it("takes the cheap order of a chain", () => {
    const chain = makeIr((a: Tensor, b: Tensor, c: Tensor) => einsum("ab,bc,cd->ad", a, b, c));
    const { eqns } = chain(wave([50, 2]), wave([2, 50]), wave([50, 2]));
    expect(eqns[0]?.outputs[0]?.aval.shape).toEqual([2, 2]); // (bc,cd) first: 200 multiplications instead of 5000
  });
});

describe("products", () => {
  it("vdot flattens", () => {
    expect(
      vdot(
        tensor([
          [1, 2],
          [3, 4],
        ]),
        tensor([1, 1, 1, 2]),
      ).itemSync(),
    ).toBe(14);
    expect(() => vdot(wave([2]), wave([3]))).toThrow(/equally many/);
  });
  it("have derivatives and batch", () => {
    const fs: readonly Fn[] = [
      (a, b) => matmul(a, b),
      (a, b) =>
        tensordot(a, b, [
          [0, 1],
          [1, 0],
        ]),
      (a, b) => vdot(a, b),
      (a, b) => outer(a, b),
    ];
    for (const f of fs) {
      checkDerivatives(f, [wave([3, 3]), wave([3, 3], 1)]);
      checkBatching(f, (n) => [wave([3, 3], n), wave([3, 3], n + 1)]);
    }
  });
  it("refuse wrong axes", () => {
    expect(() => tensordot(wave([2, 3]), wave([3]), 2)).toThrow(/number of axes/);
    expect(() =>
      tensordot(wave([2, 3]), wave([3]), [
        [1, 1],
        [0, 0],
      ]),
    ).toThrow(/named once/);
    expect(() => matmul(wave([2, 3]), wave([4, 2]))).toThrow(/\[2,3\] and \[4,2\]/);
  });
  it("map over one operand of a vmapped gradient", () => {
    const slope = vmap(
      grad((w: Tensor, x: Tensor) => einsum("ij,j->i", w, x).sum()),
      { inAxes: [null, 0] },
    );
    expect(
      slope(
        wave([2, 3]),
        tensor(
          [
            [1, 2, 3],
            [4, 5, 6],
          ],
          { dtype: "float64" },
        ),
      ).toArraySync(),
    ).toEqual([
      [
        [1, 2, 3],
        [1, 2, 3],
      ],
      [
        [4, 5, 6],
        [4, 5, 6],
      ],
    ]);
  });
});
