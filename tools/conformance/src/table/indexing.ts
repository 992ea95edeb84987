import * as A from "@adjoint/core";
import { flags, floats, ints, shaped, vector } from "../data.ts";
import { example, type Program, type Row, row } from "../row.ts";

const table43 = floats([4, 3]);
const rows = (...list: readonly number[]) => vector("int32", list);

const gatherAt: Program = (x, i) => A.gather(x, i);

const reading: readonly Row[] = [
  row(
    "get",
    ["slice", "flip", "gather", "reshape"],
    [
      example("a row", [table43], (x) => A.get(x, 1)),
      example("from the end", [table43], (x) => A.get(x, -1, ":")),
      example("a range", [table43], (x) => A.get(x, { start: 1, stop: 4, step: 2 })),
      example("backwards", [table43], (x) => A.get(x, { step: -1 }, { start: 2, step: -2 })),
      example("a new axis", [table43], (x) => A.get(x, "...", null)),
      example("integer arrays", [table43, rows(0, 3, 0)], (x, i) => A.get(x, i)),
      example("two integer arrays", [table43, rows(0, 3, 1), rows(2, 0, 1)], (x, i, j) =>
        A.get(x, i, j),
      ),
      example("a mask", [table43], (x) => A.get(x, [true, false, true, false])),
      example("out of range", [table43, rows(9, -9)], (x, i) => A.get(x, i)),
      example("nothing", [table43], (x) => A.get(x, { start: 2, stop: 2 })),
      example("bool", [flags([4])], (x) => A.get(x, { start: 1 })),
    ],
    ["get", "slice"],
  ),
  row(
    "at",
    ["scatter"],
    [
      example("set", [table43, floats([3], 5, 6)], (x, v) => A.at(x, 1).set(v)),
      example("set a range", [table43, floats([2, 3], 5, 6)], (x, v) =>
        A.at(x, { start: 1, stop: 3 }).set(v),
      ),
      example("add twice to one place", [table43, rows(1, 1, 0), floats([3, 3], 5, 6)], (x, i, v) =>
        A.at(x, i).add(v),
      ),
      example("get", [table43], (x) => A.at(x, 1).get()),
      example("int32", [ints([4]), rows(3, 0)], (x, i) => A.at(x, i).set(7)),
    ],
  ),
  row(
    "gather",
    ["gather"],
    [
      example("rows", [table43, shaped("int32", [2, 1], [3, 0])], gatherAt),
      example("elements", [table43, shaped("int32", [2, 2], [3, 0, 1, 2])], gatherAt),
      example("out of range", [table43, shaped("int32", [3, 1], [9, -9, -1])], gatherAt),
      example("batched", [floats([2, 4]), shaped("int32", [2, 3, 1], [0, 1, 3, 2, 2, 0])], (x, i) =>
        A.gather(x, i, { batchDims: 1 }),
      ),
      example("nothing", [table43, shaped("int32", [0, 1], [])], gatherAt),
      example("int32", [ints([4]), shaped("int32", [2, 1], [3, 0])], gatherAt),
      example("uint32", [ints([4], 0, 9, "uint32"), shaped("int32", [2, 1], [3, 0])], gatherAt),
      example("bool", [flags([4]), shaped("int32", [2, 1], [3, 0])], gatherAt),
      example("uint32 indices", [table43, shaped("uint32", [2, 1], [3, 0])], gatherAt),
    ],
  ),
  row(
    "take",
    ["gather"],
    [
      example("flattened", [table43, rows(0, 11, 5)], (x, i) => A.take(x, i)),
      example("rows", [table43, rows(0, 3, 0)], (x, i) => A.take(x, i, { axis: 0 })),
      example("columns", [table43, shaped("int32", [2, 2], [2, 0, 1, 1])], (x, i) =>
        A.take(x, i, { axis: -1 }),
      ),
      example("a number", [table43], (x) => A.take(x, 2, { axis: 0 })),
      ...(["clip", "wrap"] as const).map((mode) =>
        example(mode, [table43, rows(5, -1, -6)], (x, i) => A.take(x, i, { axis: 0, mode })),
      ),
      example("fill", [table43, rows(5, 1)], (x, i) => A.take(x, i, { axis: 0, mode: "fill" }), {
        order: 0,
        why: "NaN has no finite difference",
      }),
      example("fill int32", [ints([4]), rows(5, 1)], (x, i) => A.take(x, i, { mode: "fill" })),
    ],
  ),
  row(
    "takeAlongAxis",
    ["gather"],
    [
      example("rows", [table43, shaped("int32", [2, 3], [3, 0, 1, 2, 2, 0])], (x, i) =>
        A.takeAlongAxis(x, i, 0),
      ),
      example("columns", [table43, shaped("int32", [4, 1], [2, 0, 1, 1])], (x, i) =>
        A.takeAlongAxis(x, i),
      ),
    ],
  ),
  row(
    "dynamicSlice",
    ["dynamicSlice"],
    [
      example("inside", [table43, shaped("int32", [], [1]), shaped("int32", [], [0])], (x, i, j) =>
        A.dynamicSlice(x, [i, j], [2, 2]),
      ),
      example(
        "clamped",
        [table43, shaped("int32", [], [9]), shaped("int32", [], [-3])],
        (x, i, j) => A.dynamicSlice(x, [i, j], [2, 2]),
      ),
      example("starts in a tensor", [table43, rows(1, 1)], (x, s) => A.dynamicSlice(x, s, [2, 1])),
      example("one axis", [table43, shaped("int32", [], [1])], (x, i) =>
        A.dynamicSliceInDim(x, i, 2, 0),
      ),
      example("int32", [ints([5]), shaped("int32", [], [2])], (x, i) =>
        A.dynamicSlice(x, [i], [2]),
      ),
      example("bool", [flags([5]), shaped("int32", [], [2])], (x, i) =>
        A.dynamicSlice(x, [i], [2]),
      ),
    ],
    ["dynamicSlice", "dynamicSliceInDim"],
  ),
  row(
    "dynamicUpdateSlice",
    ["dynamicUpdateSlice"],
    [
      example("inside", [table43, floats([2, 2], 5, 6), shaped("int32", [], [1])], (x, u, i) =>
        A.dynamicUpdateSlice(x, u, [i, 0]),
      ),
      example("clamped", [table43, floats([2, 2], 5, 6), shaped("int32", [], [9])], (x, u, i) =>
        A.dynamicUpdateSlice(x, u, [i, -2]),
      ),
      example("one axis", [table43, floats([1, 3], 5, 6), shaped("int32", [], [2])], (x, u, i) =>
        A.dynamicUpdateSliceInDim(x, u, i, 0),
      ),
      example("int32", [ints([5]), ints([2], 7, 9), shaped("int32", [], [2])], (x, u, i) =>
        A.dynamicUpdateSlice(x, u, [i]),
      ),
      example("bool", [flags([5]), flags([2], 1), shaped("int32", [], [2])], (x, u, i) =>
        A.dynamicUpdateSlice(x, u, [i]),
      ),
    ],
    ["dynamicUpdateSlice", "dynamicUpdateSliceInDim"],
  ),
];

const scatterRow = (
  name: "scatterSet" | "scatterAdd" | "scatterMul" | "scatterMax" | "scatterMin",
): Row => {
  const run = A[name];
  const apart = shaped("int32", [2, 1], [3, 0]);
  return row(
    name,
    ["scatter"],
    [
      example("rows", [table43, apart, floats([2, 3], -3, 3, 4)], run),
      example(
        "elements",
        [table43, shaped("int32", [2, 2], [3, 0, 1, 2]), floats([2], -3, 3, 5)],
        run,
      ),
      example(
        "one place twice",
        [table43, shaped("int32", [3, 1], [1, 1, 0]), floats([3, 3], -3, 3, 6)],
        run,
      ),
      example(
        "out of range",
        [table43, shaped("int32", [3, 1], [9, -9, 1]), floats([3, 3], -3, 3, 7)],
        run,
      ),
      example(
        "batched",
        [floats([2, 4]), shaped("int32", [2, 2, 1], [0, 3, 2, 1]), floats([2, 2], -3, 3, 8)],
        (x, i, u) => run(x, i, u, { batchDims: 1 }),
      ),
      example("nothing", [table43, shaped("int32", [0, 1], []), floats([0, 3])], run),
      example(
        "int32",
        [ints([4]), shaped("int32", [3, 1], [1, 1, 0]), ints([3], -9, 9, "int32", 2)],
        run,
      ),
      example(
        "uint32",
        [
          ints([4], 0, 9, "uint32"),
          shaped("int32", [3, 1], [1, 1, 0]),
          ints([3], 0, 9, "uint32", 2),
        ],
        run,
      ),
    ],
  );
};

const places: readonly Row[] = [
  row(
    "oneHot",
    ["equal", "cast"],
    [
      example("last axis", [ints([2, 2], 0, 2)], (i) => A.oneHot(i, 3)),
      example("first axis, out of range", [rows(0, 5, -1, 2)], (i) =>
        A.oneHot(i, 3, { axis: 0, dtype: "int32" }),
      ),
    ],
  ),
  row(
    "tril",
    ["lessEqual", "where"],
    [
      example("matrix", [floats([3, 4])], (x) => A.tril(x)),
      example("batch, shifted", [floats([2, 2, 3])], (x) => A.tril(x, { offset: 1 })),
      example("int32", [ints([3, 3])], (x) => A.tril(x, { offset: -1 })),
      example("bool", [flags([3, 3])], (x) => A.tril(x)),
    ],
  ),
  row(
    "triu",
    ["greaterEqual", "where"],
    [
      example("matrix", [floats([3, 4])], (x) => A.triu(x)),
      example("shifted", [floats([3, 3])], (x) => A.triu(x, { offset: 1 })),
    ],
  ),
  row(
    "diag",
    ["pad"],
    [
      example("of a vector", [floats([3])], (x) => A.diag(x)),
      example("shifted", [floats([2])], (x) => A.diag(x, { offset: -1 })),
      example("of a matrix", [floats([3, 4])], (x) => A.diag(x, { offset: 1 })),
    ],
  ),
  row(
    "diagonal",
    ["slice", "reshape"],
    [
      example("first axes", [floats([3, 4, 2])], (x) => A.diagonal(x)),
      example("last axes", [floats([2, 3, 3])], (x) =>
        A.diagonal(x, { axis1: 1, axis2: 2, offset: -1 }),
      ),
    ],
  ),
  row("trace", ["sum"], [example("matrix", [floats([3, 4])], (x) => A.trace(x))]),
];

/** Reading and writing by index. */
export const indexing: readonly Row[] = [
  ...reading,
  ...(["scatterSet", "scatterAdd", "scatterMul", "scatterMax", "scatterMin"] as const).map(
    scatterRow,
  ),
  ...places,
];
