import type { Params } from "@adjoint/core/backend";
import { describe, expect, it } from "vitest";
import { erf, erfc, erfInvSingle } from "../../../core/src/internal/special.ts";
import { evaluate } from "./evaluate.ts";
import { between, pairs, specialFloats, ulps, wideFloats } from "./points.ts";

/** A function, its float64 counterpart, where it is tried beside everywhere, and the units in the last place it may be off. */
type Row = readonly [
  name: string,
  exact: (x: number) => number,
  bound: number,
  points: readonly number[],
];

const n = 20_001;
const quarterTurns = Array.from({ length: 3000 }, (_, i) => Math.fround((i * Math.PI) / 2));
const angles = [...between(-100, 100, n), ...between(-1e5, 1e5, n), ...quarterTurns];

const rows: readonly Row[] = [
  ["exp", Math.exp, 1, between(-90, 90, n)],
  ["expm1", Math.expm1, 1.5, [...between(-20, 90, n), ...between(-2, 2, n)]],
  ["log", Math.log, 1, [...between(0, 3, n), ...between(0.9, 1.1, n)]],
  ["log1p", Math.log1p, 2.5, [...between(-1, 3, n), ...between(-0.01, 0.01, n)]],
  ["sqrt", Math.sqrt, 1, between(0, 100, n)],
  ["rsqrt", (x) => 1 / Math.sqrt(x), 2, between(0, 100, n)],
  ["sin", Math.sin, 2.5, angles],
  ["cos", Math.cos, 2.5, angles],
  ["tan", Math.tan, 4, angles],
  ["asin", Math.asin, 2.5, [...between(-1, 1, n), ...between(0.99, 1, n)]],
  ["acos", Math.acos, 2.5, [...between(-1, 1, n), ...between(0.99, 1, n)]],
  ["atan", Math.atan, 2.5, between(-5, 5, n)],
  ["sinh", Math.sinh, 2, [...between(-90, 90, n), ...between(-2, 2, n)]],
  ["cosh", Math.cosh, 2, [...between(-90, 90, n), ...between(-2, 2, n)]],
  ["tanh", Math.tanh, 1.5, between(-10, 10, n)],
  ["asinh", Math.asinh, 2.5, between(-10, 10, n)],
  ["acosh", Math.acosh, 3, [...between(1, 10, n), ...between(1, 1.001, n)]],
  ["atanh", Math.atanh, 2.5, [...between(-1, 1, n), ...between(0.99, 1, n)]],
  ["logistic", (x) => 1 / (1 + Math.exp(-x)), 2.5, between(-90, 90, n)],
  ["erf", erf, 1.5, between(-5, 5, n)],
  ["erfc", erfc, 4, [...between(-5, 11, n), ...between(-0.1, 0.1, n)]],
  ["erfInv", erfInvSingle, 4, [...between(-1, 1, n), ...between(0.999, 1, n)]],
  ["floor", Math.floor, 0, between(-100, 100, n)],
  ["ceil", Math.ceil, 0, between(-100, 100, n)],
];

const worstOf = async (
  name: string,
  params: Params,
  exact: (...xs: readonly number[]) => number,
  operands: readonly (readonly number[])[],
  flushed?: number,
): Promise<{ readonly ulps: number; readonly at: string }> => {
  const arrays = operands.map((xs) => Float32Array.from(xs));
  const dtypes = operands.map(() => "float32" as const);
  const [y] = await evaluate(name, params, dtypes, ["float32"], arrays);
  let worst = { ulps: 0, at: "" };
  y?.forEach((got, i) => {
    const xs = arrays.map((a) => a[i] ?? 0);
    const expected = exact(...xs);
    const off = ulps(got, expected, flushed);
    if (off > worst.ulps) worst = { ulps: off, at: `${name}(${xs}) = ${got}, not ${expected}` };
  });
  return worst;
};

describe("functions of one float, in units in the last place", () => {
  it.each(rows)("%s", async (name, exact, bound, points) => {
    const xs = [...specialFloats, ...wideFloats(10_000), ...points];
    const worst = await worstOf(name, {}, (x = 0) => exact(x), [xs]);
    expect(worst.ulps, worst.at).toBeLessThanOrEqual(bound);
  });
});

describe("gelu", () => {
  const normal = (x = 0): number => 0.5 * x * erfc(-x * Math.SQRT1_2);
  // 0.5 x (1 + tanh(u)) loses the left tail, also in float64
  const approximated = (x = 0): number =>
    x / (1 + Math.exp(-2 * Math.sqrt(2 / Math.PI) * (x + 0.044_715 * x ** 3)));

  it("is exact with the error function, tails included", async () => {
    const xs = [
      ...specialFloats,
      ...wideFloats(10_000),
      ...between(-15, 6, n),
      ...between(-1, 1, n),
    ];
    const worst = await worstOf("gelu", { approximate: "none" }, normal, [xs], 16 * 2 ** -126);
    expect(worst.ulps, worst.at).toBeLessThanOrEqual(4);
  });

  // the exponent of the tail carries its rounding: relative error grows with it, absolute error does not
  it.each([
    [3, between(-1, 8, n), 2 ** -126],
    [40, between(-5, 8, n), 2 ** -126],
    [
      0,
      [...specialFloats, ...wideFloats(10_000)]
        .filter((x) => !(Math.abs(x) < 5))
        .concat(between(-14, -5, n)),
      1e-10,
    ],
  ])("is within %d of the tanh approximation", async (bound, xs, flushed) => {
    const exact = (x = 0): number =>
      x === Number.NEGATIVE_INFINITY ? Number.NaN : approximated(x);
    const worst = await worstOf("gelu", { approximate: "tanh" }, exact, [xs], flushed);
    expect(worst.ulps, worst.at).toBeLessThanOrEqual(bound);
  });
});

describe("functions of two floats, in units in the last place", () => {
  const [a, b] = pairs(specialFloats, specialFloats);
  const power = (x = 0, y = 0): number =>
    x === 1 || y === 0 || (x === -1 && Math.abs(y) === Number.POSITIVE_INFINITY) ? 1 : x ** y;

  it("pow", async () => {
    const x = [
      ...a,
      ...wideFloats(n, 3).map(Math.abs),
      ...between(0, 10, n, 4),
      ...between(-9, 9, 999),
    ];
    const y = [
      ...b,
      ...between(-3, 3, n, 5),
      ...between(-40, 40, n, 6),
      ...between(-20, 20, 999).map(Math.round),
    ];
    const worst = await worstOf("pow", {}, power, [x, y]);
    expect(worst.ulps, worst.at).toBeLessThanOrEqual(2);
  });

  it("pow near 1", async () => {
    const worst = await worstOf("pow", {}, power, [
      between(0.99, 1.01, n),
      between(-9000, 9000, n, 9),
    ]);
    expect(worst.ulps, worst.at).toBeLessThanOrEqual(2);
  });

  it("atan2", async () => {
    const y = [...a, ...wideFloats(n, 7), ...between(-3, 3, n, 8)];
    const x = [...b, ...wideFloats(n, 9), ...between(-3, 3, n, 10)];
    const worst = await worstOf("atan2", {}, (p = 0, q = 0) => Math.atan2(p, q), [y, x]);
    expect(worst.ulps, worst.at).toBeLessThanOrEqual(3);
  });

  it("div", async () => {
    const y = [...a, ...wideFloats(n, 7)];
    const x = [...b, ...wideFloats(n, 9)];
    const worst = await worstOf("div", {}, (p = 0, q = 0) => p / q, [y, x]);
    expect(worst.ulps, worst.at).toBeLessThanOrEqual(2.5);
  });

  it.each([-5, -2, -1, 0, 1, 2, 3, 4, 7, 8, 9, 20])("integerPow %d", async (exponent) => {
    const xs = [...specialFloats, ...between(-10, 10, n), ...wideFloats(1000)];
    const worst = await worstOf("integerPow", { exponent }, (x = 0) => x ** exponent, [xs]);
    expect(worst.ulps, worst.at).toBeLessThanOrEqual(4);
  });
});
