import * as A from "@adjoint/core";
import { floats, ints, shaped } from "../data.ts";
import { type Case, type CaseOptions, example, type Row, row } from "../row.ts";

const shapePairs = [
  ["vectors", [3], [3]],
  ["matrices", [2, 3], [3, 4]],
  ["matrix and vector", [2, 3], [3]],
  ["vector and matrix", [3], [3, 2]],
  ["a batch", [2, 2, 3], [2, 3, 2]],
  ["a broadcast batch", [2, 1, 2, 3], [4, 3, 1]],
  ["no rows", [0, 3], [3, 2]],
  ["empty sums", [2, 0], [0, 3]],
  ["six axes", [1, 2, 1, 1, 2, 2], [2, 1, 2, 1, 2, 3]],
] as const;

const products: readonly Row[] = [
  row(
    "matmul",
    ["dotGeneral"],
    [
      ...shapePairs.map(([label, a, b]) =>
        example(label, [floats(a), floats(b, -1, 2, 1)], A.matmul),
      ),
      example("int32", [ints([2, 3]), ints([3, 2])], A.matmul),
      example("uint32", [ints([2, 3], 0, 9, "uint32"), ints([3, 2], 0, 9, "uint32")], A.matmul),
      example("with its transpose", [floats([2, 3])], (x) => A.matmul(x, x.transpose())),
      example("NaN", [shaped("float32", [1, 2], [Number.NaN, 1]), floats([2, 2])], A.matmul),
    ],
  ),
  row(
    "dot",
    ["dotGeneral"],
    [
      example("vectors", [floats([3]), floats([3], 0, 1)], A.dot),
      example("many axes", [floats([2, 3]), floats([2, 3, 2], 0, 1)], A.dot),
      example("scalar", [floats([]), floats([3], 0, 1)], A.dot),
    ],
  ),
  row(
    "vdot",
    ["dotGeneral"],
    [example("matrices", [floats([2, 3]), floats([3, 2], 0, 1)], A.vdot)],
  ),
  row(
    "inner",
    ["dotGeneral"],
    [example("matrices", [floats([2, 3]), floats([4, 3], 0, 1)], A.inner)],
  ),
  row("outer", ["mul"], [example("vectors", [floats([2]), floats([3], 0, 1)], A.outer)]),
  row(
    "tensordot",
    ["dotGeneral"],
    [
      example("two axes", [floats([2, 3, 2]), floats([3, 2, 2], 0, 1)], (a, b) =>
        A.tensordot(a, b),
      ),
      example("one axis", [floats([2, 3]), floats([3, 2], 0, 1)], (a, b) => A.tensordot(a, b, 1)),
      example("no axes", [floats([2]), floats([3], 0, 1)], (a, b) => A.tensordot(a, b, 0)),
      example("named axes", [floats([2, 3, 4]), floats([4, 2], 0, 1)], (a, b) =>
        A.tensordot(a, b, [
          [0, 2],
          [1, 0],
        ]),
      ),
    ],
  ),
  row(
    "einsum",
    ["dotGeneral"],
    [
      ...[
        ["ij,jk->ik", [2, 3], [3, 4]],
        ["bij,bkj->bik", [2, 2, 3], [2, 4, 3]],
        ["bhid,bhjd->bhij", [1, 2, 3, 2], [1, 2, 4, 2]],
        ["...i,i->...", [2, 2, 3], [3]],
        ["i,j->ji", [2], [3]],
      ].map(([spec, a, b]) =>
        example(
          String(spec),
          [floats(a as readonly number[]), floats(b as readonly number[], 0, 1)],
          (x, y) => A.einsum(String(spec), x, y),
        ),
      ),
      example("diagonal", [floats([3, 3])], (x) => A.einsum("ii->i", x)),
      example("sum", [floats([2, 3])], (x) => A.einsum("ij->j", x)),
      example("three", [floats([2, 3]), floats([3, 2], 0, 1), floats([2], 0, 1)], (a, b, c) =>
        A.einsum("ij,jk,k->i", a, b, c),
      ),
    ],
  ),
];

const image = floats([2, 2, 5]);
const plane = floats([1, 2, 5, 4]);
const volume = floats([1, 1, 3, 3, 4]);

const convolutions: readonly Row[] = [
  row(
    "conv",
    ["conv"],
    [
      example("general", [plane, floats([4, 1, 2, 2], -1, 1)], (x, k) =>
        A.conv(x, k, {
          strides: [2, 1],
          padding: [
            [1, 2],
            [0, 1],
          ],
          lhsDilation: [1, 2],
          rhsDilation: [2, 1],
          groups: 2,
        }),
      ),
      example("no spatial axes", [floats([2, 3]), floats([4, 3])], (x, k) => A.conv(x, k)),
      example("grouped examples", [floats([2, 2, 4]), floats([4, 2, 2], -1, 1)], (x, k) =>
        A.conv(x, k, { batchGroups: 2 }),
      ),
      example("no examples", [floats([0, 2, 4]), floats([3, 2, 2])], (x, k) => A.conv(x, k)),
    ],
  ),
  row(
    "conv1d",
    ["conv"],
    [
      example("plain", [image, floats([3, 2, 2], -1, 1)], (x, k) => A.conv1d(x, k)),
      example("same, strided", [image, floats([3, 2, 2], -1, 1)], (x, k) =>
        A.conv1d(x, k, { padding: "same", stride: 2 }),
      ),
      example("dilated, grouped", [image, floats([4, 1, 2], -1, 1)], (x, k) =>
        A.conv1d(x, k, { dilation: 2, groups: 2, padding: 1 }),
      ),
    ],
  ),
  row(
    "conv2d",
    ["conv"],
    [
      example("plain", [plane, floats([2, 2, 2, 2], -1, 1)], (x, k) => A.conv2d(x, k)),
      example("same, strided", [plane, floats([2, 2, 3, 2], -1, 1)], (x, k) =>
        A.conv2d(x, k, { padding: "same", stride: 2 }),
      ),
      example("depthwise", [plane, floats([2, 1, 2, 2], -1, 1)], (x, k) =>
        A.conv2d(x, k, { groups: 2, padding: 1 }),
      ),
    ],
  ),
  row(
    "conv3d",
    ["conv"],
    [
      example("plain", [volume, floats([1, 1, 2, 2, 2], -1, 1)], (x, k) => A.conv3d(x, k)),
      example("strided", [volume, floats([2, 1, 2, 1, 2], -1, 1)], (x, k) =>
        A.conv3d(x, k, { stride: [2, 1, 2], padding: "same" }),
      ),
    ],
  ),
  row(
    "convTranspose1d",
    ["conv"],
    [
      example("plain", [image, floats([2, 3, 2], -1, 1)], (x, k) => A.convTranspose1d(x, k)),
      example("strided, cropped", [image, floats([2, 3, 3], -1, 1)], (x, k) =>
        A.convTranspose1d(x, k, { stride: 2, padding: 1, outputPadding: 1 }),
      ),
    ],
  ),
  row(
    "convTranspose2d",
    ["conv"],
    [
      example("strided, grouped", [plane, floats([2, 1, 2, 2], -1, 1)], (x, k) =>
        A.convTranspose2d(x, k, { stride: 2, groups: 2, dilation: 2 }),
      ),
    ],
  ),
  row(
    "convTranspose3d",
    ["conv"],
    [
      example("strided", [floats([1, 1, 2, 2, 2]), floats([1, 2, 2, 2, 2], -1, 1)], (x, k) =>
        A.convTranspose3d(x, k, { stride: [1, 2, 1] }),
      ),
    ],
  ),
  row(
    "maxPool",
    ["or", "where"],
    [
      example("vectors", [floats([1, 2, 6])], (x) => A.maxPool(x, 2)),
      example("planes", [plane], (x) => A.maxPool(x, [3, 2], { stride: [1, 2], padding: "same" })),
      example("int32", [ints([1, 1, 6])], (x) => A.maxPool(x, 3, { stride: 1, padding: 1 })),
      example("dilated", [floats([1, 1, 7])], (x) => A.maxPool(x, 3, { stride: 1, dilation: 2 })),
    ],
  ),
  row(
    "avgPool",
    ["add", "div"],
    [
      example("vectors", [floats([1, 2, 6])], (x) => A.avgPool(x, 2)),
      example("planes without padding", [plane], (x) =>
        A.avgPool(x, 3, { stride: 2, padding: 1, countIncludePad: false }),
      ),
      example("int32", [ints([1, 1, 6])], (x) => A.avgPool(x, 3)),
    ],
  ),
];

const scaled = (tolerance: number): CaseOptions => ({
  vary: "scale",
  tolerance: {
    value: tolerance,
    why: "solving multiplies rounding by the condition number, around 10 here",
  },
});

const definite = shaped("float32", [3, 3], [4, 1, 0.5, 1, 3, -0.7, 0.5, -0.7, 2.5]);
const square = shaped("float32", [3, 3], [2, -1, 0.5, 1, 3, -0.7, 0.3, -0.9, 2.5]);
const twice = shaped("float32", [2, 3, 3], [...definite.data, ...square.data.map((x) => x + 0.1)]);

const triangular = (label: string, options: A.TriangularSolveOptions): Case =>
  example(
    label,
    [square, options.leftSide === false ? floats([2, 3]) : floats([3, 2])],
    (a, b) => A.triangularSolve(a, b, options),
    scaled(1e-4),
  );

const linear: readonly Row[] = [
  row(
    "cholesky",
    ["cholesky"],
    [
      example("matrix", [definite], A.cholesky, scaled(1e-4)),
      example("one by one", [shaped("float32", [1, 1], [4])], A.cholesky, scaled(1e-4)),
      example("no matrices", [floats([0, 2, 2])], A.cholesky, scaled(1e-4)),
      example("not definite", [shaped("float32", [2, 2], [1, 2, 2, 1])], A.cholesky, {
        order: 0,
        why: "NaN",
        vary: "scale",
      }),
    ],
  ),
  row(
    "triangularSolve",
    ["triangularSolve"],
    [
      triangular("lower", {}),
      triangular("upper", { lower: false }),
      triangular("transposed", { transposeA: true }),
      triangular("unit diagonal", { unitDiagonal: true, lower: false }),
      triangular("from the right", { leftSide: false }),
      example(
        "a batch",
        [twice, floats([2, 3, 1])],
        (a, b) => A.triangularSolve(a, b),
        scaled(1e-4),
      ),
    ],
  ),
  row(
    "qr",
    ["qr"],
    [
      example("tall", [floats([4, 3])], (a) => A.qr(a), { ...scaled(3e-4) }),
      example("square batch", [twice], (a) => A.qr(a), scaled(3e-4)),
    ],
  ),
  row(
    "lu",
    ["lu"],
    [
      example("matrix", [square], (a) => A.lu(a), scaled(1e-4)),
      example(
        "pivoting",
        [shaped("float32", [3, 3], [0.1, 2, 1, 3, 1, 0.5, 1, -2, 4])],
        (a) => A.lu(a),
        scaled(1e-4),
      ),
      example("a batch", [twice], (a) => A.lu(a), scaled(1e-4)),
    ],
  ),
  row(
    "solve",
    ["lu", "triangularSolve"],
    [
      example("vector", [square, floats([3])], A.solve, scaled(1e-4)),
      example("matrix", [square, floats([3, 2])], A.solve, scaled(1e-4)),
      example("a batch", [twice, floats([3, 1])], A.solve, scaled(1e-4)),
    ],
  ),
  row("inv", ["lu"], [example("matrix", [square], A.inv, scaled(1e-4))]),
  row(
    "det",
    ["lu"],
    [
      example("matrix", [square], A.det, scaled(1e-4)),
      example("a batch", [twice], A.det, scaled(1e-4)),
    ],
  ),
  row("slogdet", ["lu", "log"], [example("matrix", [square], (a) => A.slogdet(a), scaled(1e-4))]),
];

/** Products, convolutions, pooling, linear algebra. */
export const contractions: readonly Row[] = [...products, ...convolutions, ...linear];
