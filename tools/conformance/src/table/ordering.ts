import * as A from "@adjoint/core";
import { flags, floats, ints, shaped, vector } from "../data.ts";
import { example, type Row, row } from "../row.ts";

const flat = { order: 0, why: "gives integers" } as const;
const withNan = vector("float32", [
  2,
  Number.NaN,
  -0,
  0,
  Number.POSITIVE_INFINITY,
  1,
  Number.NEGATIVE_INFINITY,
]);
const tied = vector("float32", [2, 1, 2, 1, 1, 3]);

const orders: readonly Row[] = [
  row(
    "sort",
    ["sort"],
    [
      example("last axis", [floats([3, 5])], (x) => A.sort(x)),
      example("first axis", [floats([4, 2])], (x) => A.sort(x, 0)),
      example("descending", [floats([6])], (x) => A.sort(x, -1, { descending: true })),
      example("NaN and zeros", [withNan], (x) => A.sort(x)),
      example("NaN and zeros, descending", [withNan], (x) => A.sort(x, 0, { descending: true })),
      example("int32", [ints([7])], (x) => A.sort(x)),
      example("uint32", [ints([7], 0, 9, "uint32")], (x) => A.sort(x)),
      example("bool", [flags([6])], (x) => A.sort(x)),
      example("size 0", [floats([2, 0])], (x) => A.sort(x)),
    ],
  ),
  row(
    "argsort",
    ["sort", "iota"],
    [
      example("last axis", [floats([3, 5])], (x) => A.argsort(x), flat),
      example("ties keep their order", [tied], (x) => A.argsort(x), {
        ...flat,
        expected: [1, 3, 4, 0, 2, 5],
      }),
      example("descending", [tied], (x) => A.argsort(x, -1, { descending: true }), flat),
      example("NaN", [withNan], (x) => A.argsort(x), flat),
      example("int32", [ints([7])], (x) => A.argsort(x)),
    ],
  ),
  row(
    "topK",
    ["topK"],
    [
      example("last axis", [floats([2, 5])], (x) => A.topK(x, 3)),
      example("first axis", [floats([4, 2])], (x) => A.topK(x, 2, 0)),
      example("ties", [tied], (x) => A.topK(x, 3), { order: 0, why: "a tie is a kink" }),
      example("NaN", [withNan], (x) => A.topK(x, 4)),
      example("all", [floats([3])], (x) => A.topK(x, 3)),
      example("int32", [ints([7])], (x) => A.topK(x, 2)),
    ],
  ),
  row(
    "argmax",
    ["argMax"],
    [
      example("flattened", [floats([2, 3])], (x) => A.argmax(x), flat),
      example("one axis", [floats([2, 3])], (x) => A.argmax(x, 0), flat),
      example("kept", [floats([2, 3])], (x) => A.argmax(x, -1, { keepDims: true }), flat),
      example("ties", [tied], (x) => A.argmax(x), { ...flat, expected: 5 }),
      example("NaN", [withNan], (x) => A.argmax(x), { ...flat, expected: 1 }),
      example("int32", [ints([2, 5])], (x) => A.argmax(x, 1)),
      example("uint32", [ints([2, 5], 0, 9, "uint32")], (x) => A.argmax(x, 1)),
      example("bool", [flags([5])], (x) => A.argmax(x)),
    ],
  ),
  row(
    "argmin",
    ["argMin"],
    [
      example("flattened", [floats([2, 3])], (x) => A.argmin(x), flat),
      example("one axis", [floats([2, 3])], (x) => A.argmin(x, 0), flat),
      example("ties", [tied], (x) => A.argmin(x), { ...flat, expected: 1 }),
      example("NaN", [withNan], (x) => A.argmin(x), { ...flat, expected: 1 }),
      example("int32", [ints([2, 5])], (x) => A.argmin(x, 1)),
      example("uint32", [ints([2, 5], 0, 9, "uint32")], (x) => A.argmin(x, 1)),
    ],
  ),
  row(
    "searchsorted",
    ["less"],
    [
      example(
        "left",
        [vector("float32", [1, 2, 2, 4]), vector("float32", [0, 2, 3, 9])],
        (s, v) => A.searchsorted(s, v),
        {
          ...flat,
          vary: "scale",
          expected: [0, 1, 3, 4],
        },
      ),
      example(
        "right",
        [vector("float32", [1, 2, 2, 4]), vector("float32", [0, 2, 3, 9])],
        (s, v) => A.searchsorted(s, v, { side: "right" }),
        {
          ...flat,
          vary: "scale",
          expected: [0, 3, 3, 4],
        },
      ),
      example(
        "NaN",
        [vector("float32", [1, Number.NaN]), vector("float32", [Number.NaN, 2])],
        (s, v) => A.searchsorted(s, v),
        flat,
      ),
    ],
  ),
];

const running = (
  name: "cumsum" | "cumprod" | "cummax" | "cummin" | "cumlogsumexp",
  primitive: string,
): Row => {
  const run = A[name];
  return row(
    name,
    [primitive],
    [
      example("last axis", [floats([2, 4])], (x) => run(x, 1)),
      example("first axis", [floats([3, 2])], (x) => run(x, 0)),
      example("reversed", [floats([2, 4])], (x) => run(x, -1, { reverse: true })),
      example("flattened", [floats([2, 2])], (x) => run(x)),
      example("one", [floats([1])], (x) => run(x, 0)),
      example("size 0", [floats([2, 0])], (x) => run(x, 1)),
      example("NaN", [vector("float32", [1, Number.NaN, 0.5])], (x) => run(x, 0)),
      example("infinities", [vector("float32", [1, Number.NEGATIVE_INFINITY, 2])], (x) =>
        run(x, 0),
      ),
      example("int32", [ints([5])], (x) => run(x, 0)),
      example("uint32", [ints([5], 0, 9, "uint32")], (x) => run(x, 0)),
      example("bool", [flags([4])], (x) => run(x, 0)),
      example("zeros", [shaped("float32", [4], [2, 0, 3, 0])], (x) => run(x, 0), {
        ...(name === "cummax" || name === "cummin" ? { order: 0, why: "a tie is a kink" } : {}),
      }),
    ],
  );
};

/** Sorting, searching and running reductions. */
export const ordering: readonly Row[] = [
  ...orders,
  running("cumsum", "cumSum"),
  running("cumprod", "cumProd"),
  running("cummax", "cumMax"),
  running("cummin", "cumMin"),
  running("cumlogsumexp", "cumLogSumExp"),
];
