import { arange, concatenate, type DType, grad, tensor, type Tensor } from "@adjoint/core";
import { key, normal } from "@adjoint/core/random";
import { assertAllclose } from "@adjoint/core/testing";
import {
  alibiBias,
  alibiSlopes,
  applyRope,
  convertRopeLayout,
  linear,
  positionEmbedding,
  positionsOfPacked,
  positionsOfPadded,
  relativeBias,
  relativeBuckets,
  rope,
  ropeFrequencies,
  type RopeLayout,
  type RopeScaling,
  sinusoidal,
} from "@adjoint/nn";
import { describe, expect, test } from "vitest";
import { need, testCases } from "./support/cases.ts";
import { readFixture } from "./support/fixtures.ts";

const ints = (data: readonly number[]): Tensor => tensor([...data], { dtype: "int32" });

testCases(
  "positions",
  {
    rope: (t, { layout, base, dim }) => {
      const x = need(t, "x");
      const settings = {
        layout: layout as RopeLayout,
        base: Number(base),
        dim: Number(dim),
        dtype: x.dtype,
      };
      return applyRope(x, rope(ints([0, 1, 2, 7]), settings));
    },
    sinusoidal: (t, { layout, base }) => {
      const x = need(t, "x");
      return x.add(
        sinusoidal(arange(4), {
          features: 6,
          base: Number(base),
          layout: layout as "interleaved",
          dtype: x.dtype,
        }),
      );
    },
    relativeBias: (t) => {
      const bias = relativeBias.apply({ table: need(t, "table") }, arange(4), arange(4));
      return need(t, "x").slice([0, 0, 0, 0], [2, 3, 4, 4]).add(bias);
    },
  },
  { count: 7 },
);

type Frequencies = {
  readonly dim: number;
  readonly base: number;
  readonly scaling: RopeScaling;
  readonly inverse: readonly number[];
  readonly factor: number;
};

const fixture = readFixture<{
  readonly frequencies: readonly Frequencies[];
  readonly buckets: readonly {
    readonly buckets: number;
    readonly maxDistance: number;
    readonly bidirectional: boolean;
    readonly out: readonly number[];
  }[];
  readonly alibi: readonly { readonly heads: number; readonly out: readonly number[] }[];
}>("nn/test/fixtures/positions.json");

const ratios = (options: Parameters<typeof ropeFrequencies>[0]): readonly number[] => {
  const plain = ropeFrequencies({ dim: options.dim, base: options.base ?? 10_000 }).inverse;
  return ropeFrequencies(options).inverse.map((f, i) => f / (plain[i] ?? 0));
};

describe("RoPE frequencies", () => {
  test.each(fixture.frequencies.map((row) => [JSON.stringify(row.scaling), row] as const))(
    "%s agrees with transformers",
    (_name, { dim, base, scaling, inverse, factor }) => {
      const ours = ropeFrequencies({ dim, base, scaling });
      expect(ours.factor).toBeCloseTo(factor, 12);
      expect(ours.inverse.length).toBe(inverse.length);
      for (const [i, f] of ours.inverse.entries()) expect(f / (inverse[i] ?? 0)).toBeCloseTo(1, 5);
    },
  );

  test("llama3 and YaRN change each pair as the papers say (pins)", () => {
    const llama = ratios({
      dim: 128,
      base: 5e5,
      scaling: { kind: "llama3", factor: 8, originalLength: 8192 },
    });
    const at = (list: readonly number[], places: readonly number[]) =>
      places.map((i) => Number((list[i] ?? 0).toFixed(5)));
    expect(at(llama, [0, 28, 29, 30, 32, 34, 35, 63])).toEqual([
      1, 1, 0.82817, 0.64374, 0.37112, 0.19021, 0.125, 0.125,
    ]);
    const yarn = ratios({ dim: 64, scaling: { kind: "yarn", factor: 8, originalLength: 4096 } });
    expect(at(yarn, [0, 8, 24, 31])).toEqual([1, 1, 0.125, 0.125]);
    expect(yarn[16]).toBeCloseTo(0.596, 3);
    const ntk = ropeFrequencies({ dim: 8, base: 100, scaling: { kind: "ntk", factor: 4 } });
    expect(ntk).toEqual(ropeFrequencies({ dim: 8, base: 100 * 4 ** (8 / 6) }));
  });

  test("two bases in one process do not meet, and bad settings are refused", () => {
    expect(ropeFrequencies({ dim: 4, base: 100 }).inverse).toEqual([1, 0.1]);
    expect(ropeFrequencies({ dim: 4 }).inverse).toEqual([1, 0.01]);
    expect(() => ropeFrequencies({ dim: 3 })).toThrow("dim must be an even number");
    expect(() => ropeFrequencies({ dim: 4, base: 1 })).toThrow("base must be above 1");
    expect(() => ropeFrequencies({ dim: 4, scaling: { kind: "linear", factor: 0 } })).toThrow(
      "scaling.factor",
    );
    expect(() => ropeFrequencies({ dim: 4, scaling: { kind: "su" } as never })).toThrow(
      "scaling.kind must be",
    );
    expect(() => rope(arange(2), { dim: 4 } as never)).toThrow(
      "layout must be half or interleaved",
    );
  });
});

describe("applyRope", () => {
  test("half, dim 4: the rows that equinox pins", async () => {
    const x = arange(32, { dtype: "float32" }).reshape([8, 4]);
    const y = applyRope(x, rope(arange(8), { dim: 4, layout: "half" }));
    const rows = y.slice([1, 0], [8, 4], [1, 1]);
    const row = (i: number): Tensor => rows.slice([i, 0], [i + 1, 4]).flatten();
    await assertAllclose(row(0), tensor([-2.887617, 4.9297514, 6.6076975, 7.0496492]), {
      rtol: 1e-5,
    });
    await assertAllclose(row(1), tensor([-12.422148, 8.778215, 3.1129112, 11.177788]), {
      rtol: 1e-5,
    });
    await assertAllclose(row(6), tensor([1.3996639, 26.760752, 41.01269, 32.952423]), {
      rtol: 1e-5,
    });
  });

  test.each<RopeLayout>(["half", "interleaved"])(
    "%s: scores depend on the distance alone",
    async (layout) => {
      const [q, k] = [normal(key(0), [1, 8]), normal(key(1), [1, 8])];
      const at = (x: Tensor, position: number): Tensor =>
        applyRope(x, rope(ints([position]), { dim: 8, layout }));
      const score = (m: number, n: number): Tensor => at(q, m).mul(at(k, n)).sum();
      await assertAllclose(score(7, 3), score(104, 100), { rtol: 1e-4, atol: 1e-5 });
      await assertAllclose(at(q, 0), q, { rtol: 1e-6 });
      await assertAllclose(at(q, 9).mul(at(q, 9)).sum(), q.mul(q).sum(), { rtol: 1e-5 });
      await expect(assertAllclose(score(7, 3), score(7, 4), { rtol: 1e-3 })).rejects.toThrow(
        "must agree",
      );
    },
  );

  test.each([8, 4])(
    "converted kernels under the other layout give the same scores, rotating %s of 8",
    async (dim) => {
      const x = normal(key(2), [5, 6]);
      const [q, k] = [normal(key(3), [6, 16]), normal(key(4), [6, 16])];
      const bias = normal(key(5), [16]);
      const scores = (wq: Tensor, wk: Tensor, b: Tensor, layout: RopeLayout): Tensor => {
        const turn = rope(arange(5), { dim, layout });
        const heads = (w: Tensor): Tensor =>
          applyRope(
            linear.apply({ kernel: w, bias: b }, x).reshape([5, 2, 8]).transpose([1, 0, 2]),
            turn,
          );
        return heads(wq).matmul(heads(wk).transpose([0, 2, 1]));
      };
      const convert = (w: Tensor): Tensor =>
        convertRopeLayout(w, { nHead: 2, from: "interleaved", to: "half", dim });
      const there = scores(q, k, bias, "interleaved");
      await assertAllclose(scores(convert(q), convert(k), convert(bias), "half"), there, {
        rtol: 1e-4,
        atol: 1e-4,
      });
      const back = convertRopeLayout(convert(q), {
        nHead: 2,
        from: "half",
        to: "interleaved",
        dim,
      });
      await assertAllclose(back, q, { rtol: 0, atol: 0 });
      await expect(
        assertAllclose(scores(q, k, bias, "half"), there, { rtol: 1e-2 }),
      ).rejects.toThrow("must agree");
    },
  );

  test("YaRN makes rotated vectors longer by its attention factor", async () => {
    const scaling = { kind: "yarn", factor: 8, originalLength: 64 } as const;
    const { cos } = rope(ints([0]), { dim: 4, layout: "half", scaling });
    const factor = 0.1 * Math.log(8) + 1;
    await assertAllclose(cos, tensor([[factor, factor]]), { rtol: 1e-6 });
  });

  test("the types of x are kept, and what does not fit is refused", () => {
    const turn = rope(arange(3), { dim: 4, layout: "half" });
    expect(applyRope(normal(key(0), [3, 4]).cast("bfloat16" as DType), turn).dtype).toBe(
      "bfloat16",
    );
    expect(() => applyRope(normal(key(0), [3, 2]), turn)).toThrow("takes x (..., T, D)");
    expect(() => applyRope(normal(key(0), [2, 4]), turn)).toThrow("takes x (..., T, D)");
    expect(() =>
      convertRopeLayout(normal(key(0), [4, 6]), { nHead: 4, from: "half", to: "interleaved" }),
    ).toThrow("nHead must divide");
  });
});

describe("other positions", () => {
  test.each(fixture.alibi)("ALiBi slopes of $heads heads", async ({ heads, out }) => {
    await assertAllclose(tensor([...alibiSlopes(heads)]), tensor([...out]), { rtol: 1e-6 });
    const bias = alibiBias(ints([4]), arange(5), { nHead: heads });
    await assertAllclose(
      bias.slice([0, 0, 3], [heads, 1, 4]).flatten(),
      tensor(out.map((s) => -s)),
      { rtol: 1e-6 },
    );
  });

  test.each(fixture.buckets)(
    "T5's buckets: $buckets up to $maxDistance, both ways $bidirectional",
    async (row) => {
      const { buckets, maxDistance, bidirectional, out } = row;
      const places = arange(601, { dtype: "int32" }).sub(300);
      const found = relativeBuckets(ints([0]), places, buckets, { bidirectional, maxDistance });
      expect([...(await found.data())].map(Number)).toEqual(out);
    },
  );

  test("padded and packed position ids", async () => {
    const real = tensor([
      [false, false, true, true],
      [true, true, true, false],
    ]);
    await assertAllclose(
      positionsOfPadded(real),
      tensor(
        [
          [0, 0, 0, 1],
          [0, 1, 2, 2],
        ],
        { dtype: "int32" },
      ),
    );
    const ids = tensor(
      [
        [7, 7, 3, 3, 3],
        [0, 1, 2, 2, 2],
      ],
      { dtype: "int32" },
    );
    await assertAllclose(
      positionsOfPacked(ids),
      tensor(
        [
          [0, 1, 0, 1, 2],
          [0, 0, 0, 1, 2],
        ],
        { dtype: "int32" },
      ),
    );
  });

  test("learned positions: gradients reach the rows in use, too long sequences are refused", async () => {
    const params = positionEmbedding.init(key(0), { maxLength: 3, features: 2 });
    const slope = grad((p: typeof params) =>
      positionEmbedding.apply(p, normal(key(1), [4, 2, 2])).sum(),
    )(params);
    await assertAllclose(
      slope.table,
      tensor([
        [4, 4],
        [4, 4],
        [0, 0],
      ]),
    );
    const chosen = positionEmbedding.apply(params, normal(key(1), [2, 2]).mul(0), {
      positions: ints([2, 0]),
    });
    const { table } = params;
    await assertAllclose(
      chosen,
      concatenate([table.slice([2, 0], [3, 2]), table.slice([0, 0], [1, 2])], 0),
    );
    expect(() => positionEmbedding.apply(params, normal(key(1), [4, 2]))).toThrow(
      "with T at most 3",
    );
    expect(() => sinusoidal(arange(2), { features: 3 })).toThrow("even number");
    expect(() => relativeBuckets(arange(2), arange(2), 3)).toThrow("even number of at least 4");
    expect(() => alibiSlopes(0)).toThrow("at least 1");
  });
});
