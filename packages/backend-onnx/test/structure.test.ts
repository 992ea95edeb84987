import * as A from "@adjoint/core";
import type { Tensor } from "@adjoint/core";
import { describe, expect, it } from "vitest";
import {
  array,
  checkProgram,
  floats,
  ints,
  noise,
  primitivesSeen,
} from "./support/check-program.ts";
import { lowerings } from "../src/lower/table.ts";

const dtypes = ["float32", "float16", "bfloat16", "float64", "int32", "uint32", "bool"] as const;
const of = (dtype: (typeof dtypes)[number], shape: readonly number[], seed = 1) =>
  array(
    dtype,
    shape,
    noise(64, seed).map((x) =>
      dtype === "uint32"
        ? Math.abs(Math.round(x * 1.7e9))
        : dtype === "int32"
          ? Math.round(x * 1e9)
          : dtype === "bool"
            ? Number(x > 0)
            : x,
    ),
  );
const withNan = (shape: readonly number[]) =>
  array("float32", shape, [1, NaN, -Infinity, 3, 3, Infinity, -0, 0, NaN, -2, 5, 5, 0.5]);

describe("moving elements", () => {
  it.each(dtypes)(
    "reshape, transpose, slice, pad, flip, concatenate, broadcast of %s",
    async (dtype) => {
      const x = of(dtype, [2, 3, 4]);
      await checkProgram(
        (t) => [
          t.reshape([4, 6]),
          t.transpose([2, 0, 1]),
          A.flip(t, [0, 2]),
          t.reshape([1, 24]),
          t.transpose([0, 2, 1]),
        ],
        [x],
      );
      await checkProgram(
        (t) => [t.slice([0, 1, 1], [2, 3, 4]), t.slice([1, 0, 0], [2, 3, 4], [1, 2, 3])],
        [x],
      );
      await checkProgram(
        (t) => [
          A.pad(t, [
            [1, 0],
            [0, 2],
            [1, 1],
          ]),
          A.concatenate([t, t, A.flip(t, 1)], 1),
        ],
        [x],
      );
      await checkProgram(
        (t) => [
          A.broadcastTo(A.expandDims(t, 1), [2, 5, 3, 4]),
          A.tile(t, [1, 2, 1]),
          A.roll(t, 1, 2),
        ],
        [x],
      );
    },
  );
  it("interior and negative padding, through gradients of slices", async () => {
    const x = floats([7, 5]);
    const loss = (t: Tensor) => t.slice([1, 0], [6, 5], [2, 3]).mul(3).sum();
    await checkProgram((t) => A.grad(loss)(t), [x]);
    await checkProgram(
      (t) =>
        A.grad((u: Tensor) =>
          A.pad(u, [
            [1, 2],
            [0, 1],
          ])
            .mul(2)
            .sum(),
        )(t),
      [x],
    );
  });
  it("values without elements", async () => {
    await checkProgram(
      (t) => [t.sum(1), t.sum(), A.prod(t, 1), A.all(t.less(1), 1), A.any(t.less(1), 1)],
      [floats([3, 0])],
    );
    await checkProgram(
      (t) => [
        A.concatenate([t, A.zeros([3, 2])], 1),
        A.pad(t, [
          [0, 0],
          [1, 1],
        ]),
        t.transpose([1, 0]),
        t.add(1),
      ],
      [floats([3, 0])],
    );
    await checkProgram((a, b) => [a.matmul(b), b.matmul(a)], [floats([3, 0]), floats([0, 3])]);
    await checkProgram((t, i) => [A.take(t, i, { axis: 0 })], [floats([3, 2]), ints([0])]);
    await checkProgram((t) => [A.sort(t), A.cumsum(t)], [floats([2, 0])]);
  });
  it("split and unstack", () =>
    checkProgram((t) => [...A.split(t, 3, 1), ...A.unstack(t, 0)], [floats([2, 6, 2])]));
  it("eight axes", () =>
    checkProgram(
      (t) => [t.transpose([7, 6, 5, 4, 3, 2, 1, 0]), t.sum([1, 3, 5])],
      [floats([2, 1, 2, 2, 1, 2, 1, 2])],
    ));
});

describe("reductions", () => {
  it.each(dtypes.filter((d) => d !== "bool"))("sum, prod, max, min of %s", async (dtype) => {
    const x = of(dtype, [3, 4, 5]);
    await checkProgram(
      (t) => [t.sum(), t.sum(1), t.sum([0, 2]), t.max(1), t.min([1, 2]), t.max()],
      [x],
    );
    await checkProgram((t) => A.prod(t, 2), [x]);
  });
  it("all, any, max, min of bool and of integers", async () => {
    await checkProgram(
      (t) => [A.all(t, 0), A.any(t, 1), A.max(t, 0), A.min(t, 1)],
      [of("bool", [3, 4])],
    );
    await checkProgram((t) => [A.all(t, 0), A.any(t, 1)], [ints([3, 4], 1)]);
  });
  it("NaN wins", () =>
    checkProgram(
      (t) => [t.max(1), t.min(1), t.max(0), A.argmax(t, 1), A.argmin(t, 0), t.sum(0), A.max(t)],
      [withNan([3, 4])],
    ));
  it.each(dtypes)("argmax and argmin of %s", (dtype) =>
    checkProgram((t) => [A.argmax(t, 1), A.argmin(t, 0)], [of(dtype, [4, 6])]),
  );
  it("first of equals", () =>
    checkProgram(
      (t) => [A.argmax(t, 1), A.argmin(t, 1)],
      [array("float32", [2, 4], [1, 2, 2, 1])],
    ));
});

describe("products", () => {
  it.each(["float32", "float64", "float16", "int32", "uint32"] as const)(
    "einsum of %s in every layout",
    async (dtype) => {
      const cases: readonly [string, number[], number[]][] = [
        ["ij,jk->ik", [3, 4], [4, 5]],
        ["ji,jk->ik", [4, 3], [4, 5]],
        ["ij,kj->ik", [3, 4], [5, 4]],
        ["ji,kj->ik", [4, 3], [5, 4]],
        ["bij,bjk->bik", [2, 3, 4], [2, 4, 5]],
        ["bji,bjk->bik", [2, 4, 3], [2, 4, 5]],
        ["bij,bkj->bik", [2, 3, 4], [2, 5, 4]],
        ["bti,btj->ij", [2, 3, 4], [2, 3, 5]],
        ["bthd,bshd->bhts", [2, 3, 2, 4], [2, 3, 2, 4]],
        ["bhts,bshd->bthd", [2, 2, 3, 3], [2, 3, 2, 4]],
        ["i,i->", [4], [4]],
        ["i,j->ij", [3], [4]],
        ["ij,j->i", [3, 4], [4]],
        ["bi,bi->b", [3, 4], [3, 4]],
        ["ijk,kji->", [2, 3, 4], [4, 3, 2]],
        ["ab,ab->ab", [2, 3], [2, 3]],
        ["abc,cbd->ad", [2, 3, 4], [4, 3, 5]],
      ];
      for (const [spec, a, b] of cases)
        await checkProgram(
          (x, y) => A.einsum(spec, x, y),
          [
            dtype.includes("int") ? { ...of(dtype, a) } : floats(a, 1, dtype),
            dtype.includes("int") ? of(dtype, b, 2) : floats(b, 2, dtype),
          ],
          `${spec} ${dtype}`,
        );
    },
  );
  it("gradients of a linear layer", () =>
    checkProgram(
      (x, w, b) => {
        const g = A.grad((p: { w: Tensor; b: Tensor }) => A.tanh(x.matmul(p.w).add(p.b)).sum())({
          w,
          b,
        });
        return [g.w, g.b];
      },
      [floats([2, 3, 4]), floats([4, 5], 2), floats([5], 3)],
    ));
});

describe("indexing", () => {
  const x = floats([5, 3]);
  it("gather clamps, for every dtype", async () => {
    for (const dtype of dtypes)
      await checkProgram(
        (t, i) => [A.take(t, i, { axis: 0, mode: "clip" })],
        [of(dtype, [5, 3]), array("int32", [2, 2], [0, 9, -1, 4])],
      );
    await checkProgram(
      (t, i) => A.gather(t, i),
      [x, array("int32", [4, 2], [0, 0, 4, 2, 7, -3, 2, 1])],
    );
    await checkProgram((t, i) => A.takeAlongAxis(t, i, 1), [x, array("int32", [5, 2], [0, 2, 1])]);
    await checkProgram(
      (t, i) => A.gather(t, i, { batchDims: 1 }),
      [x, array("int32", [5, 2, 1], [0, 2, 1])],
    );
  });
  it.each(["scatterSet", "scatterAdd", "scatterMul", "scatterMax", "scatterMin"] as const)(
    "%s drops and repeats",
    async (name) => {
      const indices = array("int32", [4, 1], [1, 9, 1, -1]);
      for (const dtype of ["float32", "int32", "uint32", "float16", "float64"] as const)
        await checkProgram(
          (t, i, u) => A[name](t, i, u),
          [of(dtype, [5, 3]), indices, of(dtype, [4, 3], 2)],
          `${name} ${dtype}`,
        );
      await checkProgram(
        (t, i, u) => A[name](t, i, u),
        [floats([2, 3, 4]), array("int32", [3, 2], [0, 1, 5, 0, 1, 2]), floats([3, 4], 2)],
        name,
      );
      await checkProgram(
        (t, i, u) => A[name](t, i, u, { batchDims: 1 }),
        [floats([2, 3, 4]), array("int32", [2, 5, 1], [0, 2, 3, 1, 0]), floats([2, 5, 4], 2)],
        name,
      );
      if (name === "scatterSet" || name === "scatterMax")
        await checkProgram(
          (t, i, u) => A[name](t, i, u),
          [of("bool", [5, 3]), indices, of("bool", [4, 3], 2)],
          `${name} bool`,
        );
    },
  );
  it("empty index rows reach the whole operand", async () => {
    const none = array("int32", [2, 0], [0]);
    await checkProgram((t, i) => A.gather(t, i), [x, none]);
    for (const name of ["scatterSet", "scatterAdd", "scatterMax"] as const)
      await checkProgram((t, i, u) => A[name](t, i, u), [x, none, floats([2, 5, 3], 3)]);
  });
  it("extremes with NaN", () =>
    checkProgram(
      (t, i, u) => [A.scatterMax(t, i, u), A.scatterMin(t, i, u)],
      [withNan([4, 3]), array("int32", [4, 1], [0, 1, 0, 2]), withNan([4, 3])],
    ));
  it("gradient of an embedding", () =>
    checkProgram(
      (t, i) =>
        A.grad((w: Tensor) =>
          A.take(w, i, { axis: 0 })
            .mul(A.take(w, i, { axis: 0 }))
            .sum(),
        )(t),
      [x, array("int32", [4], [0, 2, 2, 4])],
    ));
  it("dynamicSlice and dynamicUpdateSlice clamp", async () => {
    for (const at of [0, 1, 4, 100, -3]) {
      const start = array("int32", [], [at]);
      await checkProgram((t, s) => A.dynamicSlice(t, [s, 1], [2, 2]), [x, start]);
      await checkProgram(
        (t, u, s) => A.dynamicUpdateSlice(t, u, [s, s]),
        [x, floats([2, 2], 4), start],
      );
      await checkProgram(
        (t, u, s) => A.dynamicUpdateSlice(t, u, [s, 0]),
        [x, floats([2, 3], 4), start],
      );
    }
  });
});

describe("order", () => {
  it.each(dtypes)("sort, argsort, topK of %s", async (dtype) => {
    const x = of(dtype, [3, 7]);
    await checkProgram((t) => [A.sort(t), A.sort(t, 0), A.argsort(t)], [x]);
    await checkProgram((t) => A.topK(t, 3), [x]);
  });
  it("NaN last, ties stable", async () => {
    await checkProgram((t) => [A.sort(t), A.argsort(t)], [withNan([2, 13])]);
    await checkProgram((t) => A.topK(t, 4), [withNan([2, 13])]);
    await checkProgram((t) => A.argsort(t), [array("float32", [40], [3, 1, 1, 2, 3, 0])]);
  });
  it.each(["float32", "int32", "uint32", "float64", "float16"] as const)(
    "running sums and products of %s",
    (dtype) =>
      checkProgram(
        (t) => [
          A.cumsum(t, 1),
          A.cumprod(t, 0),
          A.cummax(t, 1),
          A.cummin(t, 1, { reverse: true }),
          A.cumsum(t, 0, { reverse: true }),
        ],
        [of(dtype, [3, 5])],
      ),
  );
  it("running logsumexp", () =>
    checkProgram(
      (t) => A.cumlogsumexp(t, 0),
      [array("float32", [6], [1, -Infinity, 200, -5, Infinity, 2])],
    ));
});

describe("convolution", () => {
  it("1, 2, 3 axes, strides, padding, dilation, groups and gradients", async () => {
    await checkProgram(
      (x, k) => A.conv1d(x, k, { stride: 2, padding: "same" }),
      [floats([2, 3, 9]), floats([4, 3, 3], 2)],
    );
    await checkProgram(
      (x, k) => A.conv2d(x, k, { padding: "valid", groups: 2 }),
      [floats([2, 4, 6, 5]), floats([6, 2, 3, 2], 2)],
    );
    await checkProgram(
      (x, k) => A.conv3d(x, k),
      [floats([1, 2, 4, 4, 4]), floats([3, 2, 2, 2, 2], 2)],
    );
    await checkProgram(
      (x, k) => {
        const g = A.grad((p: { x: Tensor; k: Tensor }) =>
          A.conv2d(p.x, p.k, { stride: 2, padding: "same", groups: 2 }).mul(1.5).sum(),
        )({ x, k });
        return [g.x, g.k];
      },
      [floats([2, 4, 7, 6]), floats([4, 2, 3, 3], 2)],
    );
    await checkProgram(
      (x, k) => A.convTranspose2d(x, k, { stride: 2 }),
      [floats([1, 3, 4, 4]), floats([3, 2, 3, 3], 2)],
    );
    await checkProgram((x) => [A.maxPool(x, [2, 2]), A.avgPool(x, [2, 2])], [floats([1, 2, 6, 6])]);
  });
});

describe("composites", () => {
  it.each(["float32", "float64", "float16"] as const)(
    "softmax, logSoftmax, norms, gelu, cross entropy of %s",
    async (dtype) => {
      const x = floats([3, 4, 6], 1, dtype);
      await checkProgram(
        (t) => [A.softmax(t), A.logSoftmax(t, 1), A.gelu(t), A.gelu(t, { approximate: "tanh" })],
        [x],
      );
      await checkProgram(
        (t, s, b) => [A.layerNorm(t, s, b), A.rmsNorm(t, s)],
        [x, floats([6], 2, dtype), floats([6], 3, dtype)],
      );
      await checkProgram(
        (t, l) => A.softmaxCrossEntropy(t, l),
        [x, array("int32", [3, 4], [0, 5, 2, 9, -1])],
      );
    },
  );
  it("masked rows", async () => {
    const x = array(
      "float32",
      [4, 3],
      [
        -Infinity,
        -Infinity,
        -Infinity,
        1,
        -Infinity,
        2,
        NaN,
        -Infinity,
        -Infinity,
        -Infinity,
        NaN,
        1,
      ],
    );
    await checkProgram((t) => [A.softmax(t), A.logSoftmax(t)], [x]);
    await checkProgram(
      (t, l) => A.softmaxCrossEntropy(t, l),
      [x, array("int32", [4], [0, 1, 2, 0])],
    );
  });
  it("gradients", () =>
    checkProgram(
      (t, s, b) => {
        const g = A.grad((p: { t: Tensor; s: Tensor; b: Tensor }) =>
          A.softmax(A.gelu(A.layerNorm(p.t, p.s, p.b)))
            .mul(A.layerNorm(p.t, p.s, p.b))
            .sum(),
        )({ t, s, b });
        return [g.t, g.s, g.b];
      },
      [floats([3, 6]), floats([6], 2), floats([6], 3)],
    ));
});

describe("control flow", () => {
  it("scan forward, backward, without sequences, in gradients", async () => {
    const body = (c: Tensor, x: Tensor): readonly [Tensor, Tensor] => [c.mul(0.5).add(x), c.mul(x)];
    await checkProgram(
      (c, xs) => {
        const [a, b] = A.scan(body, c, xs);
        return [a, b];
      },
      [floats([3]), floats([5, 3], 2)],
    );
    await checkProgram(
      (c, xs) => {
        const [a, b] = A.scan(body, c, xs, { reverse: true });
        return [a, b];
      },
      [floats([3]), floats([5, 3], 2)],
    );
    await checkProgram(
      (c, xs) =>
        A.grad((u: Tensor) => {
          const [a, b] = A.scan(body, u, xs);
          return a.sum().add(b.sum());
        })(c),
      [floats([3]), floats([5, 3], 2)],
    );
    await checkProgram(
      (c) =>
        A.foriLoop(0, 4, (i: Tensor, v: Tensor) => v.mul(2).add(i.cast("float32")), c) as Tensor,
      [floats([3])],
    );
  });
  it("cond with two and four branches", async () => {
    for (const i of [-1, 0, 1, 2, 3, 9])
      await checkProgram(
        (s, x) =>
          A.switchCase(
            s,
            [
              (t: Tensor) => t.mul(2),
              (t: Tensor) => t.exp(),
              (t: Tensor) => t,
              (t: Tensor) => t.sum().add(t),
            ],
            x,
          ) as Tensor,
        [array("int32", [], [i]), floats([3])],
      );
    for (const flag of [0, 1])
      await checkProgram(
        (s, x) =>
          A.cond(
            s,
            (t: Tensor) => t.neg(),
            (t: Tensor) => t.sum().mul(t),
            x,
          ) as Tensor,
        [array("bool", [], [flag]), floats([3])],
      );
  });
  it("while, nested in scan", async () => {
    await checkProgram(
      (x) =>
        A.whileLoop(
          (v: Tensor) => v.sum().less(100),
          (v: Tensor) => v.mul(2).add(1),
          x,
        ) as Tensor,
      [floats([3])],
    );
    await checkProgram(
      (x) =>
        A.scan(
          (c: Tensor, e: Tensor) =>
            [
              A.whileLoop(
                (v: Tensor) => v.sum().less(10),
                (v: Tensor) => v.add(e).add(1),
                c,
              ) as Tensor,
              c,
            ] as const,
          x,
          A.ones([3, 2]),
        )[1],
      [floats([2])],
    );
  });
});

describe("linear algebra runs on the host between parts of the program", () => {
  const spd = (t: Tensor) => t.matmul(t.transpose([1, 0])).add(A.eye(4));
  it("cholesky, solve, qr", () =>
    checkProgram(
      (t) => {
        const { q, r } = A.qr(t);
        return [A.cholesky(spd(t)).mul(2), A.solve(spd(t), t), q.matmul(r).add(1)];
      },
      [floats([4, 4])],
    ));
  it("inside scan it is unrolled", () =>
    checkProgram(
      (t) =>
        A.scan(
          (c: Tensor, x: Tensor) => [A.cholesky(c.mul(x)), c] as const,
          spd(t),
          A.ones([2]),
        )[0],
      [floats([4, 4])],
    ));
});

describe("float64 without kernels", () => {
  it("falls back to the host", () =>
    checkProgram(
      (t) => [
        A.erf(t).mul(2),
        A.tan(t),
        A.gelu(t),
        A.conv1d(t.reshape([1, 1, 6]), A.ones([1, 1, 2]).cast("float64")),
      ],
      [floats([6], 1, "float64")],
    ));
});

describe("the table", () => {
  it("has every primitive exercised", () => {
    const missing = Object.keys(lowerings).filter((name) => !primitivesSeen().has(name));
    expect(
      missing.filter(
        (n) =>
          ![
            "neg",
            "abs",
            "sign",
            "floor",
            "ceil",
            "round",
            "exp",
            "expm1",
            "log",
            "log1p",
            "sqrt",
            "rsqrt",
            "sin",
            "cos",
            "tan",
            "asin",
            "acos",
            "atan",
            "sinh",
            "cosh",
            "tanh",
            "asinh",
            "acosh",
            "atanh",
            "logistic",
            "erf",
            "erfInv",
            "not",
            "isFinite",
            "stopGradient",
            "integerPow",
            "rem",
            "pow",
            "atan2",
            "max",
            "min",
            "and",
            "or",
            "xor",
            "shiftLeft",
            "shiftRightLogical",
            "shiftRightArithmetic",
            "equal",
            "notEqual",
            "less",
            "lessEqual",
            "greater",
            "greaterEqual",
            "cast",
            "bitcast",
            "div",
            "fma",
            "rotate", // comes of several: test/rotations.test.ts
            "attention", // of few queries: test/attentions.test.ts
          ].includes(n),
      ),
    ).toEqual(["barrier"]);
  });
});
