import * as A from "@adjoint/core";
import type { Tensor } from "@adjoint/core";
import { flags, floats, ints, pairs, shaped, special, vector, wholeNumbers } from "../data.ts";
import {
  type Arg,
  type Case,
  type CaseOptions,
  example,
  type Program,
  type Row,
  row,
} from "../row.ts";

type Binary = (a: Tensor, b: Tensor) => Tensor;

const flat = { order: 0, why: "piecewise constant: derivatives are zero by definition" } as const;

/** Pairs of shapes: equal, scalar, both broadcast, size 0, six axes. */
const shapePairs: readonly (readonly [readonly number[], readonly number[]])[] = [
  [
    [2, 3],
    [2, 3],
  ],
  [[], [2, 3]],
  [[2, 3], []],
  [
    [2, 1, 3],
    [4, 1],
  ],
  [[0], [1]],
  [[2, 0, 3], [3]],
  [
    [2, 1, 2, 1, 2, 1],
    [1, 2, 1, 2, 1, 2],
  ],
];

type Domain = {
  readonly left: readonly [number, number];
  readonly right: readonly [number, number];
};

const usual: Domain = { left: [-2, 2], right: [-1.9, 2.1] };

const floatCases = (
  run: Binary,
  { left, right }: Domain,
  specials: readonly number[],
  options: CaseOptions,
): readonly Case[] => [
  ...shapePairs.map(([a, b]) =>
    example(
      `[${a.join()}] and [${b.join()}]`,
      [floats(a, ...left, 1), floats(b, ...right, 2)],
      run,
      options,
    ),
  ),
  example("special numbers", pairs("float32", specials), run, options),
  example("one tensor twice", [floats([4], ...left)], (x) => run(x, x), options),
];

const integerCases = (run: Binary): readonly Case[] =>
  (["int32", "uint32"] as const).map((dtype) =>
    example(dtype, pairs(dtype, wholeNumbers(dtype)), run),
  );

const boolCase = (run: Binary): Case => example("bool", pairs("bool", [0, 1]), run);

/** Operands of two dtypes. */
const mixedCases = (run: Binary): readonly Case[] => [
  example("int32 with float32", [ints([3], 1, 4), floats([3], 1, 2)], run, {
    order: 0,
    why: "kinks at whole numbers",
  }),
  example("int32 with uint32", [ints([3], 1, 4), ints([3], 1, 4, "uint32", 1)], run),
  example("bool with int32", [flags([3]), ints([3], 1, 3)], run),
  example(
    "float16 with bfloat16",
    [
      { ...floats([3]), dtype: "float16" },
      { ...floats([3], 1, 2), dtype: "bfloat16" },
    ],
    run,
    {
      order: 0,
      why: "differences of half precision results are too coarse",
    },
  ),
];

type Settings = CaseOptions & {
  readonly domain?: Domain;
  readonly specials?: readonly number[];
  readonly integers?: boolean;
  readonly bools?: boolean;
};

const numericRow = (
  name: string,
  primitives: readonly string[],
  run: Binary,
  settings: Settings = {},
): Row => {
  const {
    domain = usual,
    specials = special,
    integers = true,
    bools = false,
    ...options
  } = settings;
  return row(name, primitives, [
    ...floatCases(run, domain, specials, options),
    ...(integers ? [...integerCases(run), ...mixedCases(run)] : []),
    ...(bools ? [boolCase(run)] : []),
  ]);
};

const positive: Domain = { left: [0.3, 2], right: [-1.5, 1.6] };
const quotient: Domain = { left: [-5, 5], right: [1.1, 1.9] };
/** Products and quotients of subnormal or huge numbers over- and underflow in another order on other engines. */
const tame = special.filter((x) => x === 0 || !(Math.abs(x) < 1e-20));
/** Nothing that a divisor turns into a quotient beyond 2^31. */
const moderate = tame.filter((x) => !(Math.abs(x) === 1e10) && !(Math.abs(x) === 1e-8));

const numeric: readonly Row[] = [
  numericRow("add", ["add"], A.add, { bools: true }),
  numericRow("sub", ["sub"], A.sub),
  numericRow("mul", ["mul"], A.mul, { bools: true }),
  numericRow("div", ["div"], A.div, { domain: quotient, specials: tame }),
  numericRow("pow", ["pow"], A.pow, { domain: positive, specials: moderate }),
  row(
    "pow at an exponent of 0",
    ["pow"],
    [
      example(
        "positive bases",
        [vector("float32", [2, 3, 0.5]), vector("float32", [0, -0, 0])],
        A.pow,
      ),
      example("a base of 0", [vector("float32", [0, 0]), vector("float32", [0, 2])], A.pow, {
        order: 0,
        why: "0 is the end of the domain",
      }),
    ],
    ["pow"],
  ),
  numericRow("maximum", ["max"], A.maximum, { bools: true }),
  numericRow("minimum", ["min"], A.minimum, { bools: true }),
  numericRow("remainder", ["rem"], A.remainder, { domain: quotient, specials: moderate }),
  numericRow("fmod", ["rem"], A.fmod, { domain: quotient, specials: moderate }),
  numericRow("floorDivide", ["rem"], A.floorDivide, {
    domain: quotient,
    specials: moderate,
    ...flat,
  }),
  numericRow("atan2", ["atan2"], A.atan2.bind(null), { integers: false }),
  numericRow("hypot", ["sqrt"], A.hypot, { integers: false }),
  numericRow("logaddexp", ["log1p"], A.logaddexp, { integers: false }),
  numericRow("logaddexp2", ["log1p"], A.logaddexp2, { integers: false }),
  row(
    "smooth where operands are equal or 0",
    ["where"],
    [
      example(
        "logaddexp",
        [vector("float32", [1, -2, 0]), vector("float32", [1, -2, 0])],
        A.logaddexp,
      ),
      example(
        "logaddexp2",
        [vector("float32", [1, -2, 0]), vector("float32", [1, -2, 0])],
        A.logaddexp2,
      ),
      example(
        "hypot",
        [vector("float32", [1, -2, 3, 0]), vector("float32", [1, 2, 0, -2])],
        A.hypot,
      ),
      example("atan2", [vector("float32", [1, -2, 0]), vector("float32", [1, 2, 3])], A.atan2),
    ],
    ["logaddexp", "logaddexp2", "hypot", "atan2"],
  ),
  numericRow("copysign", ["where"], A.copysign, { integers: false }),
  numericRow("isclose", ["lessEqual"], A.isclose, { ...flat, integers: false }),
];

const comparisons: readonly Row[] = (
  ["equal", "notEqual", "less", "lessEqual", "greater", "greaterEqual"] as const
).map((name) => numericRow(name, [name], A[name], { ...flat, bools: true }));

const truthRow = (name: "logicalAnd" | "logicalOr" | "logicalXor", primitive: string): Row =>
  row(
    name,
    [primitive],
    [
      boolCase(A[name]),
      example("float32", pairs("float32", [0, -0, 2, Number.NaN]), A[name], flat),
      example("int32 with float32", [ints([2, 1], -1, 1), floats([3])], A[name], flat),
      example("size 0", [flags([0, 2]), flags([2])], A[name]),
    ],
  );

const bitRow = (name: "bitwiseAnd" | "bitwiseOr" | "bitwiseXor", primitive: string): Row =>
  row(
    name,
    [primitive],
    [
      ...integerCases(A[name]),
      boolCase(A[name]),
      example("broadcasting", [ints([2, 1]), ints([3])], A[name]),
    ],
  );

const shiftRow = (name: "leftShift" | "rightShift", primitives: readonly string[]): Row =>
  row(name, primitives, [
    ...integerCases(A[name]),
    example("a scalar count", [ints([2, 3])], (x) => A[name](x, 3)),
  ]);

const bits: readonly Row[] = [
  truthRow("logicalAnd", "and"),
  truthRow("logicalOr", "or"),
  truthRow("logicalXor", "xor"),
  bitRow("bitwiseAnd", "and"),
  bitRow("bitwiseOr", "or"),
  bitRow("bitwiseXor", "xor"),
  shiftRow("leftShift", ["shiftLeft"]),
  shiftRow("rightShift", ["shiftRightArithmetic", "shiftRightLogical"]),
];

const clipCase = (
  label: string,
  args: readonly Arg[],
  run: Program,
  options: CaseOptions = {},
): Case => example(label, args, run, options);

const choosing: readonly Row[] = [
  row(
    "where",
    ["where"],
    [
      example("equal shapes", [flags([2, 3]), floats([2, 3]), floats([2, 3], -1, 1, 3)], A.where),
      example("broadcasting", [flags([2, 1]), floats([3]), floats([])], A.where),
      example("scalar choice", [shaped("bool", [], [1]), floats([3]), floats([2, 1])], A.where),
      example("float condition", [floats([3]), floats([3], 1, 2), floats([3], 3, 4)], A.where),
      example("int32", [flags([4]), ints([4]), ints([4], 6, 9)], A.where),
      example(
        "uint32",
        [flags([4]), ints([4], 0, 4, "uint32"), ints([4], 6, 9, "uint32")],
        A.where,
      ),
      example("bool", [flags([4]), flags([4], 1), flags([4], 2)], A.where),
      example("size 0", [flags([0]), floats([0]), floats([1])], A.where),
      example(
        "six axes",
        [flags([2, 1, 2, 1, 1, 1]), floats([1, 2, 1, 2, 1, 2]), floats([])],
        A.where,
      ),
      example(
        "NaN on the other side",
        [
          vector("bool", [1, 0]),
          vector("float32", [1, Number.NaN]),
          vector("float32", [Number.NaN, 2]),
        ],
        A.where,
        {
          expected: [1, 2],
        },
      ),
    ],
  ),
  row(
    "clip",
    ["max", "min"],
    [
      clipCase("both", [floats([7])], (x) => A.clip(x, -1, 0.9)),
      clipCase("below", [floats([2, 3])], (x) => A.clip(x, -1)),
      clipCase("above", [floats([])], (x) => A.clip(x, undefined, 0.1)),
      clipCase("tensors", [floats([2, 3]), floats([3], -1, 0), floats([2, 1], 0.5, 1)], A.clip),
      clipCase("int32", [ints([5], -9, 9)], (x) => A.clip(x, -2, 3)),
      clipCase("NaN", [vector("float32", [Number.NaN, 3])], (x) => A.clip(x, 0, 1), {
        expected: [Number.NaN, 1],
      }),
    ],
  ),
  row(
    "allclose",
    ["all"],
    [
      example("close", [floats([4])], (x) => A.allclose(x, x.add(1e-9)), flat),
      example("apart", [floats([4])], (x) => A.allclose(x, x.add(1)), flat),
      example(
        "NaN",
        [vector("float32", [Number.NaN])],
        (x) => A.allclose(x, x, { equalNan: true }),
        { ...flat, expected: 1 },
      ),
    ],
  ),
];

/** Elementwise operations of several operands. */
export const binary: readonly Row[] = [...numeric, ...comparisons, ...bits, ...choosing];
