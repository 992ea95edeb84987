import * as A from "@adjoint/core";
import type { Tensor } from "@adjoint/core";
import type { HostArray } from "@adjoint/core/backend";
import { describe, expect, it } from "vitest";
import { normal, split, uniform } from "@adjoint/core/random";
import { array, checkProgram, floats, ints, testBackend } from "./support/check-program.ts";

const special = [
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  1.5,
  2.5,
  -2.5,
  1e-8,
  -1e-8,
  1e-30,
  3.7,
  -3.7,
  20,
  -20,
  88,
  -88,
  1e10,
  -1e10,
  Infinity,
  -Infinity,
  NaN,
  0.999,
  -0.999,
];
const f32 = array("float32", [special.length], special);
const big = [0, 1, -1, 2, 3, -3, 7, 31, 32, 33, 2 ** 31 - 1, -(2 ** 31), 12345, -12345, 40];
const i32 = array("int32", [big.length], big);
const u32 = array(
  "uint32",
  [big.length],
  big.map((x) => x >>> 0),
);
const flags = array("bool", [4], [0, 1, 1, 0]);

type Unary = (x: Tensor) => Tensor;

const floatUnary: Readonly<Record<string, Unary>> = {
  neg: A.neg,
  abs: A.abs,
  sign: A.sign,
  floor: A.floor,
  ceil: A.ceil,
  round: A.round,
  exp: A.exp,
  expm1: A.expm1,
  log: A.log,
  log1p: A.log1p,
  sqrt: A.sqrt,
  rsqrt: A.rsqrt,
  asin: A.asin,
  acos: A.acos,
  atan: A.atan,
  sinh: A.sinh,
  cosh: A.cosh,
  tanh: A.tanh,
  asinh: A.asinh,
  acosh: A.acosh,
  atanh: A.atanh,
  sigmoid: A.sigmoid,
  erf: A.erf,
  erfInv: A.erfInv,
  isfinite: A.isfinite,
  stopGradient: (x) => A.stopGradient(x),
  erfc: A.erfc,
  cube: (x) => A.pow(x, 3),
  seventh: (x) => A.pow(x, 7),
  inverse: (x) => A.pow(x, -1),
  power0: (x) => A.pow(x, 0),
  powerMinus3: (x) => A.pow(x, -3),
};

describe("float operations of one operand", () => {
  it.each(Object.entries(floatUnary))("%s", (name, fn) => checkProgram(fn, [f32], name));
  it.each([
    ["sin", A.sin],
    ["cos", A.cos],
    ["tan", A.tan],
  ] as [string, Unary][])("%s", (name, fn) =>
    checkProgram(
      fn,
      [
        array(
          "float32",
          [19],
          special.filter((x) => !(Math.abs(x) > 1e5)),
        ),
      ],
      name,
    ),
  );
  it.each([
    "neg",
    "abs",
    "sign",
    "floor",
    "exp",
    "log",
    "sqrt",
    "tanh",
    "expm1",
    "sigmoid",
    "erf",
    "isfinite",
  ])("%s in float64, float16 and bfloat16", async (name) => {
    for (const dtype of ["float64", "float16", "bfloat16"] as const)
      await checkProgram(
        floatUnary[name] as Unary,
        [array(dtype, [6], [0.5, -0.25, 1, 2, 0, 0.75])],
        `${name} ${dtype}`,
      );
  });
  it("keeps the sign of zero", async () => {
    const onnx = await testBackend();
    for (const fn of [A.neg, A.sign, A.round, A.ceil]) {
      const value = A.withBackend(onnx, () =>
        A.jit((x: Tensor) => A.reciprocal(fn(x)))(A.tensor([-0, 0])).dataSync(),
      );
      const wanted = A.jit((x: Tensor) => A.reciprocal(fn(x)))(A.tensor([-0, 0])).dataSync();
      expect([...value]).toEqual([...wanted]);
    }
  });
  it("works on scalars, on no elements and on six axes", async () => {
    for (const shape of [[], [0], [2, 0, 3], [1], [2, 1, 2, 1, 2, 2]])
      await checkProgram((x) => A.tanh(A.exp(x)), [floats(shape)], `shape ${shape}`);
  });
});

const numeric: Readonly<Record<string, (a: Tensor, b: Tensor) => Tensor>> = {
  add: A.add,
  sub: A.sub,
  mul: A.mul,
  maximum: A.maximum,
  minimum: A.minimum,
  fmod: A.fmod,
  equal: A.equal,
  notEqual: A.notEqual,
  less: A.less,
  lessEqual: A.lessEqual,
  greater: A.greater,
  greaterEqual: A.greaterEqual,
  pow: A.pow,
  where: (a, b) => A.where(A.less(a, b), a, b),
  floorDivide: A.floorDivide,
  remainder: A.remainder,
};
const floatBinary = { ...numeric, div: A.div, atan2: A.atan2 };
const bits: Readonly<Record<string, (a: Tensor, b: Tensor) => Tensor>> = {
  bitwiseAnd: A.bitwiseAnd,
  bitwiseOr: A.bitwiseOr,
  bitwiseXor: A.bitwiseXor,
  leftShift: A.leftShift,
  rightShift: A.rightShift,
};

const column = (x: HostArray): HostArray => ({ ...x, shape: [x.data.length, 1] });

describe("operations of two operands", () => {
  it.each(Object.entries(floatBinary))(
    "%s of floats, broadcast over each other",
    async (name, fn) => {
      const finite = special.filter(
        (x) => !["fmod", "remainder", "floorDivide"].includes(name) || Math.abs(x) < 1e9,
      );
      const x = array("float32", [finite.length], finite);
      await checkProgram(fn, [x, column(x)], name);
    },
  );
  it.each(Object.entries({ ...numeric, ...bits }))("%s of int32", (name, fn) =>
    checkProgram(fn, [i32, column(i32)], name),
  );
  it.each(Object.entries({ ...numeric, ...bits }))("%s of uint32", (name, fn) =>
    checkProgram(fn, [u32, column(u32)], name),
  );
  it.each([
    "maximum",
    "minimum",
    "equal",
    "notEqual",
    "less",
    "lessEqual",
    "greater",
    "greaterEqual",
    "where",
  ])("%s of bool", (name) => checkProgram(numeric[name] as never, [flags, column(flags)], name));
  it.each(["bitwiseAnd", "bitwiseOr", "bitwiseXor"])("%s of bool", (name) =>
    checkProgram(bits[name] as never, [flags, column(flags)], name),
  );
  it.each(["add", "sub", "mul", "div", "maximum", "less", "pow", "where"])(
    "%s of float64, float16, bfloat16",
    async (name) => {
      for (const dtype of ["float64", "float16", "bfloat16"] as const)
        await checkProgram(
          (floatBinary as typeof numeric)[name] as never,
          [floats([3, 4], 1, dtype), floats([4], 2, dtype)],
          `${name} ${dtype}`,
        );
    },
  );
  it("divides by constants", () =>
    checkProgram((x) => [A.floorDivide(x, 3), A.remainder(x, 3), A.fmod(x, -7)], [i32]));
  it("nots, negates, takes signs of integers", async () => {
    await checkProgram(
      (x) => [A.bitwiseNot(x), A.neg(x), A.sign(x), A.abs(x), A.pow(x, 3), A.isfinite(x)],
      [i32],
    );
    await checkProgram((x) => [A.bitwiseNot(x), A.neg(x), A.sign(x), A.abs(x), A.pow(x, 3)], [u32]);
    await checkProgram((x) => [A.logicalNot(x), A.isfinite(x)], [flags]);
  });
});

describe("conversions", () => {
  const dtypes = ["float32", "float16", "bfloat16", "float64", "int32", "uint32", "bool"] as const;
  const edge = [
    ...special,
    2147483648,
    4294967295,
    4294967296,
    -2147483648,
    -2147483904,
    65504,
    65520,
    1e-7,
    6e-8,
    1.00390625,
    1.01171875,
  ];
  it.each(dtypes)("cast from float32 to %s", (dtype) =>
    checkProgram((x) => A.cast(x, dtype), [array("float32", [edge.length], edge)]),
  );
  it.each(dtypes)("cast from int32 and uint32 to %s", async (dtype) => {
    await checkProgram((x) => A.cast(x, dtype), [i32]);
    await checkProgram((x) => A.cast(x, dtype), [u32]);
    await checkProgram((x) => A.cast(x, dtype), [flags]);
    await checkProgram((x) => A.cast(x, dtype), [floats([5], 1, "float16")]);
    await checkProgram(
      (x) => A.cast(x, dtype),
      [array("float64", [5], [1e300, -3.7, NaN, 0.1, 5e9])],
    );
  });
  it("bitcast", async () => {
    const words = [
      0, 1, 2, 0x7fffff, 0x800000, 0x3f800000, 0x7f7fffff, 0x7f800000, 0xff800000, 0x80000000,
      0x80000001, 0xbf800001, 0x12345678, 0x9abcdef0,
    ];
    const word = array("uint32", [words.length], words);
    await checkProgram((x) => A.bitcast(x, "float32"), [word]);
    await checkProgram((x) => A.bitcast(x, "int32"), [word]);
    await checkProgram((x) => A.bitcast(A.bitcast(x, "int32"), "float32"), [word]);
    const values = new Float32Array(
      Uint32Array.from(words.filter((w) => (w & 0x7f800000) !== 0x7f800000 || (w & 0x7fffff) === 0))
        .buffer,
    );
    await checkProgram(
      (x) => [A.bitcast(x, "uint32"), A.bitcast(x, "int32")],
      [{ dtype: "float32", shape: [values.length], data: values }],
    );
  });
});

describe("random numbers", () => {
  it("are the same bits as everywhere", () =>
    checkProgram(
      (k) => [
        uniform(k, [33], { minval: -3, maxval: 5 }),
        normal(k, [3, 5]).mul(2),
        uniform(k, [5, 1001]),
        split(k, 4).reshape([8]),
      ],
      [array("uint32", [2], [0, 42])],
    ));
});
void ints;
