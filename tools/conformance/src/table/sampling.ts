import * as R from "@adjoint/core/random";
import { floats, shaped, vector } from "../data.ts";
import { type Case, example, type Program, type Row, row } from "../row.ts";

const key = vector("uint32", [3, 141592653]);

const sampler = (
  name: string,
  primitives: readonly string[],
  programs: Readonly<Record<string, Program>>,
): Row =>
  row(
    `random ${name}`,
    primitives,
    Object.entries(programs).map(([label, run]): Case => example(label, [key], run)),
    [`random.${name}`],
  );

const order = {
  order: 0,
  why: "where a sample falls is piecewise constant in the logits",
  notInHalves: "another dtype draws other numbers",
} as const;

/** Random numbers: bits, and what is made of them, as functions of a key. */
export const sampling: readonly Row[] = [
  row(
    "random key",
    ["concatenate"],
    [example("of a traced seed", [shaped("int32", [], [7])], (s) => R.key(s))],
    ["random.key"],
  ),
  sampler("split", ["threefry2x32"], { two: (k) => R.split(k), five: (k) => R.split(k, 5) }),
  sampler("splitTuple", ["threefry2x32"], { three: (k) => R.splitTuple(k, 3) }),
  row(
    "random foldIn",
    ["threefry2x32"],
    [
      example("a number", [key], (k) => R.foldIn(k, 5)),
      example("a tensor", [key, shaped("int32", [], [9])], (k, n) => R.foldIn(k, n)),
    ],
    ["random.foldIn"],
  ),
  sampler("bits", ["threefry2x32", "xor"], {
    scalar: (k) => R.bits(k),
    matrix: (k) => R.bits(k, [3, 3]),
    nothing: (k) => R.bits(k, [0]),
  }),
  sampler("uniform", ["shiftRightLogical", "fma"], {
    unit: (k) => R.uniform(k, [6]),
    "own range": (k) => R.uniform(k, [6], { minval: -2, maxval: 5 }),
    bfloat16: (k) => R.uniform(k, [6], { dtype: "bfloat16" }),
    float16: (k) => R.uniform(k, [6], { dtype: "float16" }),
  }),
  row(
    "random uniform between tensors",
    ["fma"],
    [
      example(
        "scalars",
        [key, floats([], -2, -1), floats([], 1, 2)],
        (k, minval, maxval) => R.uniform(k, [4], { minval, maxval, dtype: minval.dtype }),
        { notInHalves: "another dtype draws other numbers" },
      ),
      example(
        "one range for each",
        [key, floats([4], -2, -1), floats([4], 1, 2)],
        (k, minval, maxval) => R.uniform(k, [4], { minval, maxval, dtype: minval.dtype }),
      ),
    ],
    ["random.uniform"],
  ),
  sampler("normal", ["erfInv"], { vector: (k) => R.normal(k, [8]), scalar: (k) => R.normal(k) }),
  sampler("truncatedNormal", ["erfInv"], {
    usual: (k) => R.truncatedNormal(k, [8]),
    narrow: (k) => R.truncatedNormal(k, [8], { lower: 0, upper: 0.5 }),
  }),
  sampler("gumbel", ["log"], { vector: (k) => R.gumbel(k, [8]) }),
  row(
    "random bernoulli",
    ["less"],
    [
      example("fair", [key], (k) => R.bernoulli(k, [9])),
      example(
        "own probability",
        [key, floats([4], 0.1, 0.9)],
        (k, p) => R.bernoulli(k, [4], { p }),
        order,
      ),
    ],
    ["random.bernoulli"],
  ),
  row(
    "random categorical",
    ["argMax"],
    [
      example("rows", [key, floats([3, 4])], (k, logits) => R.categorical(k, logits), order),
      example(
        "without replacement",
        [key, floats([5])],
        (k, logits) => R.categorical(k, logits, { shape: [3], replace: false }),
        order,
      ),
    ],
    ["random.categorical"],
  ),
  sampler("randint", ["rem"], {
    dice: (k) => R.randint(k, [9], 1, 7),
    negative: (k) => R.randint(k, [9], -100, -3),
    uint32: (k) => R.randint(k, [9], 0, 1000, { dtype: "uint32" }),
  }),
  row(
    "random permutation",
    ["sort"],
    [
      example("of a range", [key], (k) => R.permutation(k, 7)),
      example("of rows", [key, floats([4, 2])], (k, x) => R.permutation(k, x)),
      example("of each row", [key, floats([2, 4])], (k, x) =>
        R.permutation(k, x, { axis: 1, independent: true }),
      ),
    ],
    ["random.permutation"],
  ),
  row(
    "random choice",
    ["gather"],
    [
      example("with replacement", [key, floats([4, 2])], (k, x) => R.choice(k, x, { shape: [3] })),
      example("without", [key], (k) => R.choice(k, 6, { shape: [4], replace: false })),
      example(
        "weighted",
        [key, floats([4], 0.1, 1)],
        (k, p) => R.choice(k, 4, { shape: [5], p }),
        order,
      ),
    ],
    ["random.choice"],
  ),
];
