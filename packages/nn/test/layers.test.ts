import {
  cos,
  type DType,
  gelu as coreGelu,
  grad,
  iota,
  jit,
  rmsNorm,
  silu,
  type Tensor,
} from "@adjoint/core";
import { assertAllclose } from "@adjoint/core/testing";
import {
  block,
  crossEntropy,
  embedding,
  gelu,
  geluTanh,
  layerNorm,
  linear,
  selfAttention,
} from "@adjoint/nn";
import { describe, expect, test } from "vitest";
import { type ArrayData, readFixture, reshaped, toTensor } from "./support/fixtures.ts";

type Case = {
  readonly layer: string;
  readonly inputs: Readonly<Record<string, ArrayData>>;
  readonly params: Readonly<Record<string, ArrayData>>;
  readonly options: { readonly [key: string]: unknown };
  readonly out: ArrayData;
  readonly grads: Readonly<Record<string, readonly number[]>>;
};

type Named = { readonly [name: string]: Tensor };

const need = (tensors: Named, name: string): Tensor => {
  const found = tensors[name];
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
};

// weights come in PyTorch's layout (out, in); transposing inside keeps the gradients in that layout
const dense = (p: Named, weight: string, bias?: string) => ({
  kernel: need(p, weight).transpose(),
  ...(bias !== undefined && p[bias] !== undefined ? { bias: need(p, bias) } : {}),
});

const normParams = (p: Named, x: Tensor) => ({
  scale:
    p["weight"] ??
    x
      .mul(0)
      .sum(x.shape.slice(0, -1).map((_, i) => i))
      .add(1),
  ...(p["bias"] === undefined ? {} : { bias: p["bias"] }),
});

const layers: Readonly<Record<string, (t: Named, options: Case["options"]) => Tensor>> = {
  linear: (t) => linear.apply(dense(t, "weight", "bias"), need(t, "x")),
  embedding: (t) => embedding.apply({ table: need(t, "weight") }, need(t, "ids")),
  layerNorm: (t, { eps }) =>
    layerNorm.apply(
      normParams(t, need(t, "x")),
      need(t, "x"),
      eps === undefined ? {} : { eps: Number(eps) },
    ),
  rmsNorm: (t, { eps }) => rmsNorm(need(t, "x"), need(t, "weight"), { eps: Number(eps) }),
  gelu: (t, { approximate }) => (approximate === "tanh" ? geluTanh : gelu)(need(t, "x")),
  silu: (t) => silu(need(t, "x")),
  causalSelfAttention: (t, { heads }) =>
    selfAttention.apply({ qkv: dense(t, "qkv"), projection: dense(t, "proj") }, need(t, "x"), {
      nHead: Number(heads),
    }),
  block: (t, { heads }) =>
    block.apply(
      {
        ln1: { scale: need(t, "ln1") },
        attention: { qkv: dense(t, "qkv"), projection: dense(t, "proj") },
        ln2: { scale: need(t, "ln2") },
        mlp: { layers: [dense(t, "up"), dense(t, "down")] },
      },
      need(t, "x"),
      { nHead: Number(heads) },
    ),
  crossEntropy: (t, options) => crossEntropy(need(t, "logits"), need(t, "targets"), options),
};

const { cases } = readFixture<{ readonly cases: readonly Case[] }>("nn/test/fixtures/layers.json");

const tensorsOf = ({ inputs, params }: Case, dtype: DType): Named =>
  Object.fromEntries(
    Object.entries({ ...inputs, ...params }).map(([name, data]) => [name, toTensor(data, dtype)]),
  );

/** The sum of the output weighted by cos(0, 1, 2, ...), whose gradient the fixtures hold. */
const weighted = (y: Tensor): Tensor => {
  const weights = cos(iota([y.size], 0).cast(y.dtype)).reshape(y.shape);
  return y.mul(weights).sum();
};

describe("layers agree with PyTorch", () => {
  test("every fixture has a layer", () => {
    expect(cases.length).toBe(20);
    expect(cases.filter(({ layer }) => layers[layer] === undefined)).toEqual([]);
  });

  test.each(
    cases.map((row, i) => [`${row.layer} ${i} ${JSON.stringify(row.options)}`, row] as const),
  )("%s", async (_name, row) => {
    const run = layers[row.layer];
    if (run === undefined) throw new Error(row.layer);
    const tensors = tensorsOf(row, "float64");
    await assertAllclose(run(tensors, row.options), toTensor(row.out), { rtol: 1e-7, atol: 1e-8 });
    const single = tensorsOf(row, "float32");
    const compiled = jit((t: Named) => run(t, row.options));
    await assertAllclose(compiled(single), toTensor(row.out, "float32"), {
      rtol: 1e-5,
      atol: 2e-6,
    });
    for (const [name, values] of Object.entries(row.grads)) {
      const slope = grad((x: Tensor) => weighted(run({ ...tensors, [name]: x }, row.options)))(
        need(tensors, name),
      );
      await assertAllclose(slope, reshaped(values, slope.shape), { rtol: 1e-7, atol: 1e-7 });
    }
  });
});

test("gelu names two functions that differ", async () => {
  const x = reshaped([-1, 0.5, 2], [3]);
  await assertAllclose(gelu(x), reshaped([-0.1586553, 0.3457312, 1.9544997], [3]), { atol: 1e-7 });
  await assertAllclose(geluTanh(x), reshaped([-0.1588081, 0.345714, 1.9545977], [3]), {
    atol: 1e-7,
  });
  await assertAllclose(geluTanh(x), coreGelu(x, { approximate: "tanh" }));
});
