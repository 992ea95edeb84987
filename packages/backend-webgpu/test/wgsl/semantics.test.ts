import { type DType, type HostArray, type Params, roundToStorage } from "@adjoint/core/backend";
import { describe, expect, it } from "vitest";
import * as binary from "../../../core/src/primitives/binary.ts";
import { bitcastP, castP } from "../../../core/src/primitives/convert.ts";
import { fmaP } from "../../../core/src/primitives/fma.ts";
import { integerPowP } from "../../../core/src/primitives/integer-pow.ts";
import type { Primitive } from "../../../core/src/primitives/primitive.ts";
import { selectP } from "../../../core/src/primitives/select.ts";
import { threefryP } from "../../../core/src/primitives/threefry.ts";
import * as unary from "../../../core/src/primitives/unary.ts";
import { evaluate, wordsOf } from "./evaluate.ts";
import { between, pairs, randomOf, specialFloats, specialIntegers, wideFloats } from "./points.ts";

const hostArray = (dtype: DType, values: readonly number[]): HostArray => ({
  shape: [values.length],
  dtype,
  data: dtype === "bool" ? Uint8Array.from(values) : wordsOf(dtype, values),
});

/** Mismatches of a primitive on the device and in its reference evaluation, bit by bit; subnormal results may be flushed. */
const mismatches = async (
  primitive: Primitive<Params>,
  params: Params,
  dtypes: readonly DType[],
  operands: readonly (readonly number[])[],
): Promise<readonly string[]> => {
  const inputs = operands.map((x, i) => hostArray(dtypes[i] ?? "float32", x));
  const expected = primitive.evaluate(inputs, params).map(roundToStorage);
  const words = operands.map((x, i) => wordsOf(dtypes[i] ?? "float32", x));
  const outDtypes = expected.map((e) => e.dtype);
  const got = await evaluate(primitive.name, params, dtypes, outDtypes, words);
  return expected.flatMap(({ data }, k) =>
    [...data].flatMap((want, i) => {
      const have = got[k]?.[i] ?? Number.NaN;
      if (Object.is(have, want) || (have === 0 && want !== 0 && Math.abs(want) <= 2 ** -126))
        return [];
      return [`${primitive.name}(${words.map((w) => w[i])}) = ${have}, not ${want}`];
    }),
  );
};

const unsigned = specialIntegers.map((x) => x >>> 0);
const valuesOf = (dtype: DType): readonly number[] => {
  if (dtype === "bool") return [0, 1];
  if (dtype === "int32") return specialIntegers;
  return dtype === "uint32" ? unsigned : specialFloats;
};

const all = ["float32", "int32", "uint32", "bool"] as const;
const numbers = ["float32", "int32", "uint32"] as const;
const integers = ["int32", "uint32"] as const;
const words = ["int32", "uint32", "bool"] as const;

const ofOne: readonly (readonly [Primitive<Params>, readonly DType[]])[] = [
  [unary.negP, numbers],
  [unary.absP, numbers],
  [unary.signP, numbers],
  [unary.floorP, ["float32"]],
  [unary.ceilP, ["float32"]],
  [unary.roundP, ["float32"]],
  [unary.notP, words],
  [unary.isFiniteP, all],
  [unary.stopGradientP, all],
  [unary.barrierP, all],
];

const ofTwo: readonly (readonly [Primitive<Params>, readonly DType[]])[] = [
  [binary.addP, numbers],
  [binary.subP, numbers],
  [binary.mulP, numbers],
  [binary.divP, integers],
  [binary.remP, numbers],
  [binary.powP, integers],
  [binary.maxP, all],
  [binary.minP, all],
  [binary.andP, words],
  [binary.orP, words],
  [binary.xorP, words],
  [binary.shiftLeftP, integers],
  [binary.shiftRightLogicalP, integers],
  [binary.shiftRightArithmeticP, integers],
  [binary.equalP, all],
  [binary.notEqualP, all],
  [binary.lessP, all],
  [binary.lessEqualP, all],
  [binary.greaterP, all],
  [binary.greaterEqualP, all],
];

const cases = (
  table: typeof ofOne,
): readonly (readonly [name: string, dtype: DType, primitive: Primitive<Params>])[] =>
  table.flatMap(([primitive, dtypes]) =>
    dtypes.map((dtype) => [primitive.name, dtype, primitive] as const),
  );

const more = (dtype: DType, seed: number): readonly number[] => {
  if (dtype === "bool") return [];
  const random = randomOf(seed);
  if (dtype !== "float32")
    return Array.from({ length: 997 }, () => wordsOf(dtype, [random() * 2 ** 32])[0] ?? 0);
  return [...wideFloats(3000, seed), ...between(-30, 30, 3000, seed + 1)];
};

describe("bit for bit as the reference", () => {
  it.each(cases(ofOne))("%s of %s", async (_name, dtype, primitive) => {
    const x = [...valuesOf(dtype), ...more(dtype, 11)];
    expect(await mismatches(primitive, {}, [dtype], [x])).toEqual([]);
  });

  it.each(cases(ofTwo))("%s of two %s", async (_name, dtype, primitive) => {
    const [a, b] = pairs(valuesOf(dtype), valuesOf(dtype));
    const operands = [
      [...a, ...more(dtype, 21)],
      [...b, ...more(dtype, 31)],
    ];
    expect(await mismatches(primitive, {}, [dtype, dtype], operands)).toEqual([]);
  });

  it.each([-3, -1, 0, 1, 2, 3, 8, 9, 31])("integerPow %d of integers", async (exponent) => {
    for (const dtype of integers)
      expect(
        await mismatches(
          integerPowP as Primitive<Params>,
          { exponent },
          [dtype],
          [valuesOf(dtype)],
        ),
      ).toEqual([]);
  });

  it.each(all)("where of %s", async (dtype) => {
    const [condition, x] = pairs([0, 1], valuesOf(dtype));
    const operands = [condition, x, [...x].reverse()];
    expect(await mismatches(selectP, {}, ["bool", dtype, dtype], operands)).toEqual([]);
  });

  it.each(all.flatMap((from) => [...all, "float16", "bfloat16"].map((to) => [from, to] as const)))(
    "cast of %s to %s",
    async (from, to) => {
      const x = [...valuesOf(from), ...more(from, 41)];
      const params = { dtype: to };
      expect(await mismatches(castP as Primitive<Params>, params, [from], [x])).toEqual([]);
    },
  );

  it.each(numbers.flatMap((from) => numbers.map((to) => [from, to] as const)))(
    "bitcast of %s to %s",
    async (from, to) => {
      // as floats, no NaN and no subnormal number: those bits need not survive
      const x = [...valuesOf(from), ...more(from, 51)].filter((v) => {
        const float =
          from === "float32" ? v : (new Float32Array(wordsOf(from, [v]).buffer)[0] ?? 0);
        return !Number.isNaN(float) && (float === 0 || Math.abs(float) >= 2 ** -126);
      });
      const params = { dtype: to };
      expect(await mismatches(bitcastP as Primitive<Params>, params, [from], [x])).toEqual([]);
    },
  );

  it("threefry2x32", async () => {
    const [a, b] = pairs(unsigned, unsigned);
    const operands = [a, b, [...b].reverse(), [...a].reverse()];
    const dtypes = ["uint32", "uint32", "uint32", "uint32"] as const;
    expect(await mismatches(threefryP, {}, dtypes, operands)).toEqual([]);
  });

  it("fma of a uniform random number and two bounds", async () => {
    const operands = [between(0, 1, 5003, 61), between(-9, 9, 5003, 62), between(-9, 9, 5003, 63)];
    const dtypes = ["float32", "float32", "float32"] as const;
    expect(await mismatches(fmaP, {}, dtypes, operands)).toEqual([]);
  });
});
