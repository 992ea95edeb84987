import * as A from "@adjoint/core";
import type { Tensor } from "@adjoint/core";
import { edgeShapes, flags, floats, ints, special, vector, wholeNumbers } from "../data.ts";
import { type Case, type CaseOptions, example, type Row, row } from "../row.ts";

type Unary = (x: Tensor) => Tensor;

const flat = { order: 0, why: "piecewise constant: derivatives are zero by definition" } as const;

/** A vector, the edge shapes and, where it takes them, the special numbers. */
const floatCases = (
  run: Unary,
  [low, high]: readonly [number, number],
  specials: readonly number[],
  options: CaseOptions,
): readonly Case[] => [
  example("vector", [floats([7], low, high)], run, options),
  ...edgeShapes.map((shape) =>
    example(`shape [${shape.join()}]`, [floats(shape, low, high, 1)], run, options),
  ),
  example("special numbers", [vector("float32", specials)], run, { ...options, vary: "scale" }),
];

/** Integers and bools become float32 first. */
const promoting = (run: Unary, data: readonly number[]): readonly Case[] => [
  example("int32", [vector("int32", data)], run),
  example("uint32", [vector("uint32", data)], run),
  example("bool", [vector("bool", [0, 1])], run),
];

const floatRow = (
  name: string,
  primitives: readonly string[],
  run: Unary,
  range: readonly [number, number],
  options: CaseOptions & { readonly specials?: readonly number[] } = {},
): Row => {
  const { specials = special, ...rest } = options;
  return row(name, primitives, [
    ...floatCases(run, range, specials, rest),
    ...promoting(run, [1, 2, 3]),
  ]);
};

/** Trigonometric kernels of engines lose digits far out; values up to a few turns. */
const nearby = special.filter((x) => !(Math.abs(x) > 100));

const analytic: readonly Row[] = [
  floatRow("exp", ["exp"], A.exp, [-2, 2]),
  floatRow("exp2", ["pow"], A.exp2, [-2, 2]),
  floatRow("expm1", ["expm1"], A.expm1, [-2, 2]),
  floatRow("log", ["log"], A.log, [0.2, 3]),
  floatRow("log2", ["log"], A.log2, [0.2, 3]),
  floatRow("log10", ["log"], A.log10, [0.2, 3]),
  floatRow("log1p", ["log1p"], A.log1p, [-0.7, 3]),
  floatRow("sqrt", ["sqrt"], A.sqrt, [0.3, 3]),
  floatRow("rsqrt", ["rsqrt"], A.rsqrt, [0.3, 3]),
  floatRow("cbrt", ["pow"], A.cbrt, [0.3, 3]),
  floatRow("sigmoid", ["logistic"], A.sigmoid, [-4, 4]),
  floatRow("erf", ["erf"], A.erf, [-2, 2]),
  floatRow("erfc", ["erfc"], A.erfc, [-2, 2]),
  floatRow("erfInv", ["erfInv"], A.erfInv, [-0.8, 0.8]),
  floatRow("sin", ["sin"], A.sin, [-3, 3], { specials: nearby }),
  floatRow("cos", ["cos"], A.cos, [-3, 3], { specials: nearby }),
  floatRow("tan", ["tan"], A.tan, [-1, 1], { specials: nearby }),
  floatRow("asin", ["asin"], A.asin, [-0.8, 0.8]),
  floatRow("acos", ["acos"], A.acos, [-0.8, 0.8]),
  floatRow("atan", ["atan"], A.atan, [-3, 3]),
  floatRow("sinh", ["sinh"], A.sinh, [-2, 2]),
  floatRow("cosh", ["cosh"], A.cosh, [-2, 2]),
  floatRow("tanh", ["tanh"], A.tanh, [-2, 2]),
  floatRow("asinh", ["asinh"], A.asinh, [-2, 2]),
  floatRow("acosh", ["acosh"], A.acosh, [1.4, 4]),
  floatRow("atanh", ["atanh"], A.atanh, [-0.8, 0.8]),
  floatRow("reciprocal", ["div"], A.reciprocal, [0.4, 3]),
  floatRow("silu", ["logistic", "mul"], A.silu, [-3, 3]),
  floatRow("softplus", ["log1p", "where"], A.softplus, [-3, 3]),
  floatRow("logSigmoid", ["log1p", "where"], A.logSigmoid, [-3, 3]),
  floatRow("isfinite", ["isFinite"], A.isfinite, [-2, 2], flat),
  floatRow("isinf", ["abs", "equal"], A.isinf, [-2, 2], flat),
  floatRow("isnan", ["notEqual"], A.isnan, [-2, 2], flat),
];

/** Operations that keep the dtype of integers. */
const keepingRow = (
  name: string,
  primitives: readonly string[],
  run: Unary,
  options: CaseOptions & { readonly unsigned?: boolean; readonly bool?: boolean } = {},
): Row => {
  const { unsigned = true, bool = false, ...rest } = options;
  return row(name, primitives, [
    ...floatCases(run, [-2.4, 2.4], special, rest),
    example("int32", [vector("int32", wholeNumbers("int32"))], run),
    ...(unsigned ? [example("uint32", [vector("uint32", wholeNumbers("uint32"))], run)] : []),
    ...(bool ? [example("bool", [flags([2, 3])], run)] : []),
  ]);
};

const keeping: readonly Row[] = [
  keepingRow("neg", ["neg"], A.neg),
  keepingRow("abs", ["abs"], A.abs, { bool: true }),
  keepingRow("sign", ["sign"], A.sign, flat),
  keepingRow("square", ["mul"], A.square, { bool: true }),
  keepingRow("floor", ["floor"], A.floor, flat),
  keepingRow("ceil", ["ceil"], A.ceil, flat),
  keepingRow("round", ["round"], A.round, flat),
  keepingRow("trunc", ["floor", "ceil"], A.trunc, flat),
  keepingRow("relu", ["where", "lessEqual"], A.relu),
  row(
    "stopGradient",
    ["stopGradient"],
    [
      example("vector", [floats([5])], (x) => A.stopGradient(x), {
        order: 0,
        why: "its derivative is zero by definition",
      }),
      example("tree", [floats([2]), ints([3])], (x, i) => A.stopGradient({ x, list: [i] }), {
        order: 0,
        why: "its derivative is zero by definition",
      }),
    ],
  ),
];

const integerPowers: Row = row(
  "integer powers",
  ["integerPow"],
  [
    ...[-2, -1, 0, 3, 5].map((exponent) =>
      example(`exponent ${exponent}`, [floats([5], 0.4, 2)], (x) => A.pow(x, exponent)),
    ),
    example("negative bases", [vector("float32", [-2, -0.5, 3])], (x) => A.pow(x, 3)),
    example("special numbers", [vector("float32", special)], (x) => A.pow(x, 3)),
    example("int32", [vector("int32", wholeNumbers("int32"))], (x) => A.pow(x, 5)),
    example("uint32", [vector("uint32", wholeNumbers("uint32"))], (x) => A.pow(x, 3)),
    ...[0, 1, 2, 3, 5].map((exponent) =>
      example(`exponent ${exponent} at zero`, [vector("float32", [0, -0, 1])], (x) =>
        A.pow(x, exponent),
      ),
    ),
  ],
  ["pow"],
);

const bits: readonly Row[] = [
  row(
    "logicalNot",
    ["not"],
    [
      example("bool", [flags([5])], A.logicalNot),
      example("float32", [vector("float32", [0, -0, 2, Number.NaN])], A.logicalNot, {
        order: 0,
        why: "gives bools",
        expected: [1, 1, 0, 0],
      }),
      example("size 0", [flags([0])], A.logicalNot),
    ],
  ),
  row(
    "bitwiseNot",
    ["not"],
    [
      example("int32", [vector("int32", wholeNumbers("int32"))], A.bitwiseNot),
      example("uint32", [vector("uint32", wholeNumbers("uint32"))], A.bitwiseNot),
      example("bool", [flags([4])], A.bitwiseNot),
    ],
  ),
];

/** At 0 formulas meet that are right on either side of it. */
const atZero: Row = row(
  "smooth at 0",
  ["exp"],
  (
    [
      "exp",
      "expm1",
      "log1p",
      "sigmoid",
      "erf",
      "erfc",
      "erfInv",
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
      "atanh",
      "silu",
      "softplus",
      "logSigmoid",
      "square",
      "gelu",
    ] as const
  ).map((name) => {
    const run: Unary = (x) => A[name](x);
    return example(name, [vector("float32", [0, -0, 1e-6])], run);
  }),
  [],
);

/** Casts between all dtypes, of numbers that both can hold. */
const casts: Row = row(
  "cast",
  ["cast"],
  [
    ...A.dtypes.flatMap((from) =>
      A.dtypes
        .filter((to) => to !== from)
        .map((to) =>
          example(`${from} to ${to}`, [vector(from, [0, 1, 1, 0, 1])], (x) => A.cast(x, to), {
            order: 0,
            why: "integers have no derivative; float to float is checked below",
          }),
        ),
    ),
    example(
      "float32 to float64 and back",
      [floats([4])],
      (x) => A.cast(A.cast(x, "float64"), "float32").mul(x),
      {
        order: 0,
        why: "differences of float32 results are too coarse",
      },
    ),
    example(
      "fractions to int32",
      [vector("float32", [1.7, -1.7, 2.5, -0.5])],
      (x) => A.cast(x, "int32"),
      {
        order: 0,
        why: "integers have no derivative",
        expected: [1, -1, 2, 0],
      },
    ),
    example(
      "negative int32 to uint32",
      [vector("int32", [-1, 5, -(2 ** 31)])],
      (x) => A.cast(x, "uint32"),
      {
        expected: [2 ** 32 - 1, 5, 2 ** 31],
      },
    ),
    example(
      "large uint32 to int32",
      [vector("uint32", [2 ** 32 - 1, 5, 2 ** 31])],
      (x) => A.cast(x, "int32"),
      {
        expected: [-1, 5, -(2 ** 31)],
      },
    ),
    example(
      "float32 to float16, rounded",
      [vector("float32", [1 / 3, 65504, 1e6, 1e-7])],
      (x) => A.cast(x, "float16"),
      {
        order: 0,
        why: "differences of float16 results are too coarse",
      },
    ),
    example(
      "float32 to bfloat16, rounded",
      [vector("float32", [1 / 3, 65504, 1e6, 1e-7])],
      (x) => A.cast(x, "bfloat16"),
      {
        order: 0,
        why: "differences of bfloat16 results are too coarse",
      },
    ),
    example(
      "anything to bool",
      [vector("float32", [0, -0, 0.5, Number.NaN])],
      (x) => A.cast(x, "bool"),
      {
        order: 0,
        why: "bools have no derivative",
        expected: [0, 0, 1, 1],
      },
    ),
  ],
);

const bitcasts: Row = row(
  "bitcast",
  ["bitcast"],
  [
    example(
      "float32 to int32",
      [
        vector(
          "float32",
          special.filter((x) => !Number.isNaN(x)),
        ),
      ],
      (x) => A.bitcast(x, "int32"),
      {
        notInHalves: "takes 32-bit types only",
        order: 0,
        why: "integers have no derivative",
      },
    ),
    example(
      "int32 to float32",
      [vector("int32", [0, 1065353216, -1082130432])],
      (x) => A.bitcast(x, "float32"),
      {
        expected: [0, 1, -1],
      },
    ),
    example("uint32 to int32", [vector("uint32", wholeNumbers("uint32"))], (x) =>
      A.bitcast(x, "int32"),
    ),
    example("scalar", [ints([])], (x) => A.bitcast(x, "uint32")),
  ],
);

/** Elementwise operations of one operand. */
export const elementwise: readonly Row[] = [
  ...analytic,
  ...keeping,
  integerPowers,
  ...bits,
  atZero,
  casts,
  bitcasts,
];
