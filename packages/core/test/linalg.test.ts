import {
  cholesky,
  det,
  grad,
  hessian,
  inv,
  lu,
  norm,
  qr,
  slogdet,
  solve,
  tensor,
  type Tensor,
  triangularSolve,
  vmap,
} from "@adjoint/core";
import { describe, expect, it } from "vitest";
import {
  checkBatching,
  checkDecomposition,
  checkDerivatives,
  type Fn,
  wave,
} from "./support/check-derivatives.ts";

const transposed = (x: Tensor): Tensor =>
  x.transpose([...x.shape.slice(0, -2).map((_, i) => i), x.rank - 1, x.rank - 2]);
const eye = (n: number): Tensor =>
  tensor(
    Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_u, j) => (i === j ? 1 : 0))),
    { dtype: "float64" },
  );
const positive = (shape: readonly number[], seed = 0): Tensor => {
  const a = wave(shape, seed);
  return a.matmul(transposed(a)).add(eye(shape.at(-1) ?? 0));
};
/** Far from singular, and with a pivot order that is not the identity. */
const general = (shape: readonly number[], seed = 0): Tensor => {
  const n = shape.at(-1) ?? 0;
  const rows = Array.from({ length: n }, (_, i) =>
    Array.from({ length: n }, (_u, j) => (j === (i + 1) % n ? 3 : 0)),
  );
  return wave(shape, seed).add(tensor(rows, { dtype: "float64" }));
};
const distance = (a: Tensor, b: Tensor): number => Math.max(0, ...a.sub(b).abs().dataSync());

type Case = { readonly f: Fn; readonly make: (seed: number) => readonly Tensor[] };

const solves = [true, false].flatMap((lower) =>
  [true, false].flatMap((transposeA) =>
    [true, false].map((unitDiagonal): [string, Case] => [
      `triangularSolve ${JSON.stringify({ lower, transposeA, unitDiagonal })}`,
      {
        f: (a, b) => triangularSolve(a, b, { lower, transposeA, unitDiagonal }),
        make: (seed) => [wave([3, 3], seed).add(eye(3).mul(3)), wave([3, 2], seed + 1)],
      },
    ]),
  ),
);

const cases: readonly (readonly [string, Case])[] = [
  ["cholesky", { f: (a) => cholesky(a), make: (seed) => [positive([3, 3], seed)] }],
  ...solves,
  ["qr of a tall matrix", { f: (a) => Object.values(qr(a)), make: (seed) => [wave([4, 3], seed)] }],
  [
    "qr of a square matrix",
    { f: (a) => Object.values(qr(a)), make: (seed) => [general([3, 3], seed)] },
  ],
  ["qr of a wide matrix", { f: (a) => Object.values(qr(a)), make: (seed) => [wave([2, 4], seed)] }],
  [
    "lu",
    {
      f: (a) => {
        const { l, u } = lu(a);
        return [l, u];
      },
      make: (seed) => [general([4, 4], seed)],
    },
  ],
  [
    "solve",
    { f: (a, b) => solve(a, b), make: (seed) => [general([3, 3], seed), wave([3, 2], seed)] },
  ],
  [
    "solve of a vector",
    { f: (a, b) => solve(a, b), make: (seed) => [general([3, 3], seed), wave([3], seed)] },
  ],
  ["inv", { f: (a) => inv(a), make: (seed) => [general([3, 3], seed)] }],
  ["det", { f: (a) => det(a), make: (seed) => [general([3, 3], seed)] }],
  ["slogdet", { f: (a) => slogdet(a).logAbs, make: (seed) => [general([3, 3], seed)] }],
];

describe.each(cases)("%s", (_name, { f, make }) => {
  it("has first and second derivatives", () => checkDerivatives(f, make(0)));
  it("batches", () => checkBatching(f, make));
  it("equals its decomposition", () => checkDecomposition(f, make(0)));
  it("decomposes a stack of matrices", () => {
    const [a, b] = [make(0), make(1)];
    const stacked = a.map((x, i) =>
      tensor([x.toArraySync(), (b[i] as Tensor).toArraySync()] as never, { dtype: "float64" }),
    );
    if (stacked.every((x) => x.rank === 3)) checkDecomposition(f, stacked);
  });
});

describe("factors", () => {
  it.each([
    [4, 4],
    [6, 3],
    [3, 6],
    [1, 1],
    [2, 5, 3],
  ])("qr of %j %j %j", (...shape) => {
    const a = wave(shape);
    const { q, r } = qr(a);
    expect(distance(q.matmul(r), a)).toBeLessThan(1e-14);
    expect(
      distance(
        transposed(q).matmul(q),
        eye(q.shape.at(-1) ?? 0).broadcastTo([
          ...shape.slice(0, -2),
          q.shape.at(-1) ?? 0,
          q.shape.at(-1) ?? 0,
        ]),
      ),
    ).toBeLessThan(1e-14);
    const n = r.shape.at(-1) ?? 0;
    r.dataSync().forEach((v, i) => {
      if (Math.floor(i / n) % (r.shape.at(-2) ?? 1) > i % n) expect(v).toBe(0);
    });
  });
  it("qr has the signs of LAPACK", () => {
    const { r } = qr(
      tensor(
        [
          [3, 1],
          [4, 2],
        ],
        { dtype: "float64" },
      ),
    );
    expect(r.toArraySync()).toEqual([
      [-5, -2.2],
      [0, expect.closeTo(0.4, 14)],
    ]);
  });
  it("qr survives columns of zeros", () => {
    const a = tensor(
      [
        [0, 1],
        [0, 2],
        [0, 0],
      ],
      { dtype: "float64" },
    );
    const { q, r } = qr(a);
    expect(distance(q.matmul(r), a)).toBeLessThan(1e-15);
    expect(distance(transposed(q).matmul(q), eye(2))).toBeLessThan(1e-15);
    checkDecomposition((x) => Object.values(qr(x)), [a]);
  });
  it("lu multiplies back to the rows in order", () => {
    const a = general([5, 5]);
    const { l, u, order } = lu(a);
    const rows = a.toArraySync() as number[][];
    const expected = [...order.dataSync()].map((i) => rows[i] as number[]);
    expect(distance(l.matmul(u), tensor(expected, { dtype: "float64" }))).toBeLessThan(1e-14);
    expect(order.dtype).toBe("int32");
  });
  it("cholesky is NaN throughout the lower triangle of a matrix that is not positive definite, as in JAX", () => {
    const indefinite = tensor([
      [1, 0],
      [0, -1],
    ]);
    expect(cholesky(indefinite).toArraySync()).toEqual([
      [Number.NaN, 0],
      [Number.NaN, Number.NaN],
    ]);
  });
  it("solves 64 equations accurately, kernel and decomposition", () => {
    const a = wave([64, 64]).add(eye(64).mul(4));
    const b = wave([64, 1], 1);
    expect(distance(a.matmul(solve(a, b)), b)).toBeLessThan(1e-11);
    checkDecomposition((x, y) => solve(x, y), [a, b], 1e-11);
  });
});

describe("determinants", () => {
  it("count row exchanges", () => {
    const cycle = tensor([
      [0, 1, 0],
      [0, 0, 1],
      [1, 0, 0],
    ]);
    const swap = tensor([
      [0, 1, 0],
      [1, 0, 0],
      [0, 0, 1],
    ]);
    expect([det(cycle).itemSync(), det(swap).itemSync()]).toEqual([1, -1]);
    expect(
      vmap(det)(
        tensor([
          [
            [2, 0],
            [0, 3],
          ],
          [
            [0, 2],
            [3, 0],
          ],
        ]),
      ).toArraySync(),
    ).toEqual([6, -6]);
  });
  it("are 0 for singular matrices", () => {
    const singular = tensor([
      [1, 2],
      [2, 4],
    ]);
    expect(Math.abs(Number(det(singular).itemSync()))).toBe(0);
    const { sign, logAbs } = slogdet(singular);
    expect([Math.abs(Number(sign.itemSync())), logAbs.itemSync()]).toEqual([0, -Infinity]);
  });
});

describe("norm", () => {
  it.each([[2], [1], [3], [Infinity], [-Infinity]])("of order %d has derivatives", (ord) => {
    checkDerivatives((x) => norm(x, { ord, axis: 1 }), [wave([3, 4])]);
  });
  it("has gradient and curvature 0 at 0", () => {
    const zero = tensor([0, 0]);
    expect(grad((x: Tensor) => norm(x))(zero).toArraySync()).toEqual([0, 0]);
    expect(hessian((x: Tensor) => norm(x))(zero).toArraySync()).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });
  it("counts and keeps axes", () => {
    expect(
      norm(
        tensor([
          [3, 0],
          [0, 0],
        ]),
        { ord: 0, axis: 1 },
      ).toArraySync(),
    ).toEqual([1, 0]);
    expect(norm(tensor([[3, 4]]), { ord: "fro", keepDims: true }).toArraySync()).toEqual([[5]]);
  });
});

describe("errors", () => {
  it("name the operation and the shapes", () => {
    expect(() => cholesky(wave([2, 3]))).toThrow(/\[2,3\]/);
    expect(() => solve(wave([2, 3]), wave([2, 1]))).toThrow(/solve: takes a/);
    expect(() => triangularSolve(wave([3, 3]), wave([2, 1]))).toThrow(/triangularSolve/);
    expect(() => triangularSolve(wave([3, 3]), wave([3]))).toThrow(/expandDims/);
    expect(() => inv(wave([3]))).toThrow(/inv/);
    expect(() => norm(wave([3]), { ord: Number.NaN })).toThrow(/ord/);
  });
});
