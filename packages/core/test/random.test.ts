import { isTensor, jit, stack, type Tensor, tensor, unstack, vmap } from "@adjoint/core";
import * as random from "@adjoint/core/random";
import { describe, expect, it } from "vitest";
import { bind } from "../src/primitives/primitive.ts";
import { threefryP } from "../src/primitives/threefry.ts";
import {
  decode,
  type FixtureArray,
  type FixtureValue,
  numbers,
  readFixture,
} from "./support/fixtures.ts";

type RandomRow = {
  readonly fn: string;
  readonly key: readonly [number, number];
  readonly args: readonly FixtureValue[];
  readonly options: Readonly<Record<string, FixtureValue>>;
  readonly out: FixtureArray & { readonly bits?: readonly number[] };
};
type Fixture = {
  readonly seeds: readonly { readonly seed: number; readonly key: readonly number[] }[];
  readonly longPermutation: {
    key: readonly [number, number];
    n: number;
    head: number[];
    weightedSum: number;
  };
  readonly cases: readonly RandomRow[];
};

const fixture = readFixture<Fixture>("random");
const keyOf = (words: readonly [number, number]): random.Key => tensor(Uint32Array.from(words));

// `never` fits every parameter: rows are data, and what they say is checked by the function they call
type Options = Readonly<
  Record<"shape" | "axis" | "replace" | "p" | "minval" | "maxval" | "independent", never>
>;
type Call = (key: random.Key, args: Args, options: Options) => Tensor;
type Args = readonly [never, never, ...(readonly never[])];

const calls: Readonly<Record<string, Call>> = {
  split: (key, [n]) => random.split(key, n),
  foldIn: (key, [data]) => random.foldIn(key, data),
  bits: (key, _args, options) => random.bits(key, options.shape),
  uniform: (key, _args, options) =>
    random.uniform(key, options.shape, options as random.UniformOptions),
  normal: (key, _args, options) =>
    random.normal(key, options.shape, options as random.FloatOptions),
  gumbel: (key, _args, options) => random.gumbel(key, options.shape),
  truncatedNormal: (key, [lower, upper], options) =>
    random.truncatedNormal(key, options.shape, { lower, upper }),
  bernoulli: (key, [p], options) =>
    random.bernoulli(key, options.shape, p === undefined ? {} : { p }),
  categorical: (key, [logits], options) => random.categorical(key, logits, options),
  randint: (key, [low, high], options) => random.randint(key, options.shape, low, high),
  permutation: (key, [x], options) => random.permutation(key, x, options),
  choice: (key, [from], options) => random.choice(key, from, options),
};

/** Samplers whose results pass through exp, log or erfInv; all others must agree to the last bit. */
const rounded = new Set(["normal", "gumbel", "truncatedNormal"]);

const run = (row: RandomRow, key: random.Key): Tensor => {
  const options = Object.fromEntries(Object.entries(row.options).map(([k, v]) => [k, decode(v)]));
  const call = calls[row.fn];
  if (call === undefined) throw new Error(`no call for ${row.fn}`);
  return call(key, row.args.map(decode) as unknown as Args, options as Options);
};

/**
 * 1e-6; for truncatedNormal also what one unit in the last place of its uniform number makes, because the bounds of that
 * number are erf of the user's, which JAX itself rounds differently from the exact value (erf(4 / sqrt 2) for one).
 */
const allowed = (fn: string, x: number): number =>
  1e-6 + (fn === "truncatedNormal" ? 2 ** -24 * Math.sqrt(Math.PI / 2) * Math.exp((x * x) / 2) : 0);

const check = (row: RandomRow, actual: Tensor): void => {
  expect([actual.shape, actual.dtype]).toEqual([row.out.shape, row.out.dtype]);
  const data = actual.dataSync();
  if (!rounded.has(row.fn)) {
    const exact =
      row.out.bits === undefined ? [...data] : [...new Uint32Array(data.slice().buffer)];
    expect(exact).toEqual(row.out.bits ?? numbers(row.out.data));
    return;
  }
  const excess = numbers(row.out.data).map(
    (e, i) => Math.abs((data[i] ?? Number.NaN) - e) - allowed(row.fn, e),
  );
  expect(Math.max(-1, ...excess)).toBeLessThanOrEqual(0);
};

describe("random agrees with jax.random", () => {
  it.each(fixture.seeds)("key($seed)", async ({ seed, key }) => {
    expect(await random.key(seed).toArray()).toEqual(key);
    expect(await random.keyData(random.key(seed))).toEqual(key);
  });

  describe.each(Object.keys(calls))("%s", (fn) => {
    const own = fixture.cases.filter((row) => row.fn === fn);
    it.each(own.map((row, i) => [`${i} ${JSON.stringify([row.key, row.options])}`, row] as const))(
      "%s",
      (_name, row) => {
        check(row, run(row, keyOf(row.key)));
      },
    );
  });

  it("shuffles in two rounds when ties are likely", async () => {
    const { key, n, head, weightedSum } = fixture.longPermutation;
    const order = [...(await random.permutation(keyOf(key), n).data())];
    expect(order.slice(0, head.length)).toEqual(head);
    expect(order.reduce((s, x, i) => s + x * i, 0) % 2 ** 31).toBe(weightedSum % 2 ** 31);
  });
});

describe("random under transforms", () => {
  const samplers = [
    "bits",
    "uniform",
    "normal",
    "bernoulli",
    "randint",
    "permutation",
    "choice",
    "categorical",
    "truncatedNormal",
  ];
  const chosen = samplers.flatMap((fn) => {
    const [, , , row] = fixture.cases.filter((r) => r.fn === fn);
    return row === undefined ? [] : [[fn, row] as const];
  });

  it.each(chosen)("%s gives under jit what it gives outside", (_fn, row) => {
    const jitted = jit((key: random.Key) => run(row, key));
    expect(jitted(keyOf(row.key)).toArraySync()).toEqual(run(row, keyOf(row.key)).toArraySync());
  });

  it.each(chosen)("%s gives under vmap over keys what a loop gives", (_fn, row) => {
    const keys = random.split(keyOf(row.key), 3);
    const looped = stack(unstack(keys).map((key) => run(row, key)));
    const mapped = vmap((key: random.Key) => run(row, key))(keys);
    expect(mapped.toArraySync()).toEqual(looped.toArraySync());
  });

  it("decomposes the hash into arithmetic with the same bits", () => {
    const words = [1, 2, 3, 4].map((x) => tensor(Uint32Array.of(x, x * 0x1234567, 0xffffffff - x)));
    const direct = bind(threefryP, words, {});
    const parts = threefryP.decompose?.(words, {}) ?? [];
    expect(parts.map((t) => t.toArraySync())).toEqual(direct.map((t) => t.toArraySync()));
  });
});

describe("random arguments", () => {
  it("splits into a typed tuple", () => {
    const [a, b, c] = random.splitTuple(random.key(5), 3);
    expect([a, b, c].map((k) => isTensor(k) && k.toArraySync())).toEqual(
      random.split(random.key(5), 3).toArraySync(),
    );
  });

  it("samples in other dtypes", async () => {
    const x = random.uniform(random.key(1), [200], { dtype: "float64" });
    expect(x.dtype).toBe("float64");
    expect((await x.data()).every((v) => v >= 0 && v < 1 && Math.fround(v) !== v)).toBe(true);
    for (const dtype of ["float16", "bfloat16"] as const)
      expect(await random.normal(random.key(1), [50], { dtype }).abs().max().less(6).item()).toBe(
        true,
      );
  });

  it("takes whole ranges and tensor bounds in randint", async () => {
    const all = random.randint(random.key(0), [1000], -(2 ** 31), 2 ** 31);
    expect(await all.min().less(-2e9).item()).toBe(true);
    const bounded = random.randint(
      random.key(0),
      [2, 500],
      0,
      tensor([[1], [3]], { dtype: "int32" }),
    );
    expect(await bounded.max(1).toArray()).toEqual([0, 2]);
    const unsigned = random.randint(random.key(0), [500], 0, 2 ** 32, { dtype: "uint32" });
    expect(await unsigned.max().greater(4e9).item()).toBe(true);
  });

  it("draws categories without replacement", async () => {
    const drawn = random.categorical(random.key(0), tensor([0, 0, 0, -Infinity]), {
      shape: [3],
      replace: false,
    });
    expect([...(await drawn.data())].sort((a, b) => a - b)).toEqual([0, 1, 2]);
  });

  it("has the moments it should have", async () => {
    const x = random.normal(random.key(7), [20_000]);
    expect(Math.abs(Number(await x.mean().item()))).toBeLessThan(0.02);
    expect(Math.abs(Number(await x.mul(x).mean().item()) - 1)).toBeLessThan(0.03);
  });

  it("refuses what is not a key, and draws that cannot be made", () => {
    expect(() => random.uniform(tensor([1, 2]))).toThrow(/uint32\[2\]/);
    expect(() => random.uniform(random.split(random.key(0)))).toThrow(/unstack/);
    expect(() => random.key(0.5)).toThrow(/whole/);
    expect(() => random.choice(random.key(0), 3, { shape: [4], replace: false })).toThrow(/enough/);
    expect(() => random.uniform(random.key(0), [2], { dtype: "int32" })).toThrow(/floating-point/);
    expect(() => random.normal(random.key(0), [-1])).toThrow(/non-negative/);
  });
});
