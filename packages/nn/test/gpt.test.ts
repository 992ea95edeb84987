import { grad, jit, makeIr, tensor, type Tensor, valueAndGrad, vmap, zeros } from "@adjoint/core";
import { key } from "@adjoint/core/random";
import * as tree from "@adjoint/core/tree";
import { assertAllclose } from "@adjoint/core/testing";
import {
  type BlockParams,
  gpt,
  gptConfig,
  type GptOptions,
  type GptParams,
  parameterCount,
  stackLayers,
  unstackLayers,
} from "@adjoint/nn";
import { describe, expect, test } from "vitest";
import {
  type ArrayData,
  hashed,
  kernelOf,
  readFixture,
  reshaped,
  toTensor,
} from "./support/fixtures.ts";

type Fixture = {
  readonly config: {
    readonly [K in "vocabSize" | "blockSize" | "layers" | "heads" | "width" | "batchSize"]: number;
  };
  readonly parameters: readonly {
    readonly name: string;
    readonly n: number;
    readonly shape: number[];
    readonly scale: number;
    readonly offset: number;
  }[];
  readonly batches: ArrayData;
  readonly logits: ArrayData;
  readonly loss: number;
  readonly grads: Readonly<Record<string, readonly number[]>>;
  readonly ignored: { readonly targets: ArrayData; readonly loss: number };
};

const fixture = readFixture<Fixture>("recipes/test/fixtures/gpt.json");
const {
  vocabSize,
  blockSize,
  layers: nLayer,
  heads: nHead,
  width: nEmbd,
  batchSize,
} = fixture.config;
const config = gptConfig({ vocabSize, blockSize, nLayer, nHead, nEmbd });
const weights = new Map(
  fixture.parameters.map(({ name, n, shape, scale, offset }) => [
    name,
    hashed(shape, n, scale, offset),
  ]),
);

const weight = (name: string): ArrayData => {
  const found = weights.get(name);
  if (found === undefined) throw new Error(name);
  return found;
};

/** The tree of a GPT from what `vector` and `kernel` make of PyTorch's names. */
const gptOf = (vector: (name: string) => Tensor, kernel: (name: string) => Tensor) => ({
  wte: { table: vector("wte.weight") },
  wpe: { table: vector("wpe.weight") },
  blocks: Array.from({ length: nLayer }, (_, i) => ({
    ln1: { scale: vector(`h.${i}.ln_1.weight`) },
    attention: {
      qkv: { kernel: kernel(`h.${i}.attn.c_attn.weight`) },
      projection: { kernel: kernel(`h.${i}.attn.c_proj.weight`) },
    },
    ln2: { scale: vector(`h.${i}.ln_2.weight`) },
    mlp: {
      layers: [
        { kernel: kernel(`h.${i}.mlp.c_fc.weight`) },
        { kernel: kernel(`h.${i}.mlp.c_proj.weight`) },
      ],
    },
  })),
  lnFinal: { scale: vector("ln_f.weight") },
});

const paramsIn = (dtype: "float32" | "float64") =>
  gptOf(
    (name) => toTensor(weight(name), dtype),
    (name) => kernelOf(weight(name), dtype),
  );

/** The blocks of a GPT that are not stacked. */
const blocksOf = ({ blocks }: GptParams): readonly BlockParams[] => {
  if (Array.isArray(blocks)) return blocks as readonly BlockParams[];
  throw new Error("expected a list");
};

const params = paramsIn("float64");
const stacked: GptParams = { ...params, blocks: stackLayers(params.blocks) };
const batch = toTensor(fixture.batches)
  .slice([0, 0, 0], [1, batchSize, blockSize + 1])
  .squeeze(0);
const ids = batch.slice([0, 0], [batchSize, blockSize]);
const targets = batch.slice([0, 1], [batchSize, blockSize + 1]);
const loss = (p: GptParams): Tensor => gpt.loss(p, ids, targets, config);

describe("the GPT agrees with PyTorch", () => {
  test("logits and loss", async () => {
    await assertAllclose(gpt.apply(params, ids, config), toTensor(fixture.logits), {
      rtol: 1e-7,
      atol: 1e-8,
    });
    expect(Number(await loss(params).item())).toBeCloseTo(fixture.loss, 10);
    const single = jit(loss)(paramsIn("float32"));
    expect(Number(await single.item())).toBeCloseTo(fixture.loss, 5);
  });

  test("targets of -1 do not count", async () => {
    const ignored = gpt.loss(params, ids, toTensor(fixture.ignored.targets), {
      ...config,
      ignoreIndex: -1,
    });
    expect(Number(await ignored.item())).toBeCloseTo(fixture.ignored.loss, 10);
  });

  test("every gradient", async () => {
    const flat = (name: string): readonly number[] => fixture.grads[name] ?? [];
    const expected = gptOf(
      (name) => reshaped(flat(name), weight(name).shape),
      (name) => reshaped(flat(name), weight(name).shape).transpose(),
    );
    await assertAllclose(grad(loss)(params), expected, { rtol: 1e-5, atol: 1e-9 });
  });
});

describe("stacked blocks", () => {
  test("give the same loss and gradients through scan", async () => {
    const [value, grads] = valueAndGrad(loss)(stacked);
    await assertAllclose(value, loss(params), { rtol: 1e-12 });
    const plain = grad(loss)(params);
    await assertAllclose(
      grads,
      { ...plain, blocks: stackLayers(blocksOf(plain)) },
      { rtol: 1e-9, atol: 1e-12 },
    );
  });

  test("can be taken apart again", async () => {
    await assertAllclose(unstackLayers(stackLayers(params.blocks)), params.blocks, {
      rtol: 0,
      atol: 0,
    });
  });

  test("start as the others do, and their program does not grow with depth", async () => {
    const deep = gptConfig({ ...config, nLayer: 6, scanBlocks: true });
    const start = gpt.init(key(3), deep);
    const list = gpt.init(key(3), { ...deep, scanBlocks: false });
    await assertAllclose(start.blocks, stackLayers(blocksOf(list)), { rtol: 0, atol: 0 });
    const lines = (p: GptParams): number =>
      makeIr((q: GptParams) => gpt.loss(q, ids, targets, deep))(p)
        .toString()
        .split("\n").length;
    expect(lines(start)).toBeLessThan(lines(list) / 2);
  });

  test("drop with a key of their own in each block", async () => {
    const dropping = { ...config, dropout: 0.3, key: key(5) };
    await assertAllclose(gpt.apply(stacked, ids, dropping), gpt.apply(params, ids, dropping), {
      rtol: 1e-9,
      atol: 1e-12,
    });
  });
});

describe("init", () => {
  const small = gptConfig({ vocabSize: 65, blockSize: 64, nLayer: 4, nHead: 4, nEmbd: 128 });
  const start = gpt.init(key(1), small);
  const std = async (x: Tensor): Promise<number> => Math.sqrt(Number(await x.mul(x).mean().item()));

  test("nanoGPT's CPU configuration has its 804,096 parameters", () => {
    // 0.80M without positions, as nanoGPT prints, and 64 * 128 positions
    expect(parameterCount(start)).toBe(795_904 + 64 * 128);
  });

  test("weights are N(0, 0.02), projections into the sequence smaller by sqrt(2 nLayer)", async () => {
    const [first] = blocksOf(start);
    if (first === undefined) throw new Error("no block");
    expect(await std(start.wte.table)).toBeCloseTo(0.02, 2.5);
    expect(await std(first.attention.qkv.kernel)).toBeCloseTo(0.02, 3);
    for (const kernel of [first.attention.projection.kernel, first.mlp.layers[1]?.kernel])
      expect(await std(kernel ?? start.wte.table)).toBeCloseTo(0.02 / Math.sqrt(8), 3);
    const [input, next] = [[[1, 2, 3]], [[4, 5, 6]]].map((data) =>
      tensor(data, { dtype: "int32" }),
    );
    const first65 = await gpt.loss(start, input ?? ids, next ?? ids, small).item();
    expect(Math.abs(Number(first65) - Math.log(65))).toBeLessThan(0.3);
  });

  test("no two tensors of a block start alike, the same key gives the same ones", async () => {
    await assertAllclose(gpt.init(key(1), small), start, { rtol: 0, atol: 0 });
    const [a, b] = blocksOf(start);
    await expect(
      assertAllclose(a?.attention.qkv.kernel, b?.attention.qkv.kernel),
    ).rejects.toThrow();
  });

  test("biases and a head of its own are there when asked for", () => {
    const full = gpt.init(key(1), gptConfig({ ...config, useBias: true, tiedHead: false }));
    expect(full.head?.kernel.shape).toEqual([nEmbd, vocabSize]);
    expect(full.lnFinal.bias?.shape).toEqual([nEmbd]);
    expect(tree.paths(full).filter((path) => path.endsWith("bias")).length).toBe(6 * nLayer + 1);
    expect(
      gpt.apply(full, ids, gptConfig({ ...config, useBias: true, tiedHead: false })).shape,
    ).toEqual([3, 8, vocabSize]);
  });
});

describe("use", () => {
  test("decay takes matrices and embeddings, stacked or not", () => {
    const decayed = (p: GptParams): readonly string[] => {
      const leaves = tree.leaves(p);
      return tree.paths(p).filter((path, i) => gpt.decays(leaves[i] as Tensor, path));
    };
    expect(decayed(params).length).toBe(2 + 4 * nLayer);
    expect(decayed(params)).toContain("blocks[0].mlp.layers[1].kernel");
    expect(decayed(stacked)).toEqual([
      "blocks.attention.projection.kernel",
      "blocks.attention.qkv.kernel",
      "blocks.mlp.layers[0].kernel",
      "blocks.mlp.layers[1].kernel",
      "wpe.table",
      "wte.table",
    ]);
  });

  test("one sequence under vmap equals the batch, and jit the plain call", async () => {
    const one = (x: Tensor): Tensor => gpt.apply(params, x, config);
    await assertAllclose(vmap(one)(ids), one(ids), { rtol: 1e-10, atol: 1e-12 });
    await assertAllclose(jit(one)(ids), one(ids), { rtol: 1e-10, atol: 1e-12 });
  });

  test("hidden and logits are the two halves of apply", async () => {
    const halves = gpt.logits(params, gpt.hidden(params, ids, config));
    await assertAllclose(halves, gpt.apply(params, ids, config), { rtol: 0, atol: 0 });
  });

  test("later tokens do not change earlier logits", async () => {
    const last = tensor([0, 0, 0, 0, 0, 0, 0, 1], { dtype: "int32" });
    const changed = last.greater(0).where(ids.equal(0).cast("int32"), ids);
    const head = (x: Tensor): Tensor =>
      gpt.apply(params, x, config).slice([0, 0, 0], [3, 7, vocabSize]);
    await assertAllclose(head(changed), head(ids), { rtol: 0, atol: 0 });
  });

  test("too long a sequence says what to do", () => {
    expect(() => gpt.apply(params, zeros([1, 9], { dtype: "int32" }), config)).toThrow(
      "crop the ids",
    );
  });
});

describe("gptConfig", () => {
  const sizes: GptOptions = { vocabSize: 65, blockSize: 64, nLayer: 4, nHead: 4, nEmbd: 128 };

  test("survives JSON", () => {
    const full = gptConfig({ ...sizes, dropout: 0.1, activation: "geluTanh" });
    expect(gptConfig(JSON.parse(JSON.stringify(full)) as GptOptions)).toEqual(full);
  });

  test.each([
    [{ nHead: 3 }, "nHead must divide nEmbd"],
    [{ vocabSize: 0 }, "vocabSize must be a whole number of at least 1"],
    [{ nLayer: 1.5 }, "nLayer must be a whole number of at least 1"],
    [{ dropout: 1 }, "dropout must be a number from 0 to less than 1"],
    [{ activation: "swish" as never }, "activation must be one of gelu, geluTanh"],
    [{ activation: "constructor" as never }, "activation must be one of gelu, geluTanh"],
    [{ useBias: "yes" as never }, "useBias must be true or false"],
    [{ blockSize: "64" as never }, "blockSize must be a whole number of at least 1"],
  ])("refuses %j", (change, message) => {
    expect(() => gptConfig({ ...sizes, ...change })).toThrow(message);
  });
});
