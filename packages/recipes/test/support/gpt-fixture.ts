import type { DType, Tensor } from "@adjoint/core";
import { gpt, type GptConfig, gptConfig, type GptParams, stackLayers } from "@adjoint/nn";
import { adamw, chain, clipByGlobalNorm, warmupCosineDecay } from "@adjoint/optim";
import { type Batch, pretrain, type TrainRecipe } from "@adjoint/recipes";
import {
  type ArrayData,
  hashed,
  kernelOf,
  readFixture,
  reshaped,
  toTensor,
} from "../../../nn/test/support/fixtures.ts";

type Numbers = readonly number[];

type Fixture = {
  readonly config: {
    readonly [K in "vocabSize" | "blockSize" | "layers" | "heads" | "width" | "batchSize"]: number;
  };
  readonly optimizer: {
    readonly [
      K in
        | "learningRate"
        | "minLearningRate"
        | "warmup"
        | "decaySteps"
        | "beta1"
        | "beta2"
        | "eps"
        | "weightDecay"
        | "clip"
    ]: number;
  };
  readonly parameters: readonly {
    readonly name: string;
    readonly n: number;
    readonly shape: number[];
    readonly scale: number;
    readonly offset: number;
  }[];
  readonly batches: ArrayData;
  readonly loss: number;
  readonly grads: Readonly<Record<string, Numbers>>;
  readonly ignored: { readonly targets: ArrayData; readonly loss: number };
  readonly trajectory: {
    readonly learningRates: Numbers;
    readonly losses: Numbers;
    readonly gradNorms: Numbers;
    readonly final: Readonly<
      Record<string, { readonly sum: number; readonly norm: number; readonly head: Numbers }>
    >;
  };
};

/** What PyTorch gives for a tiny GPT; see tools/fixtures. */
export const fixture: Fixture = readFixture<Fixture>("recipes/test/fixtures/gpt.json");

const { layers, heads, width, vocabSize, blockSize, batchSize } = fixture.config;

/** The model of the fixture. */
export const configOf = (scanBlocks: boolean): GptConfig =>
  gptConfig({ vocabSize, blockSize, nLayer: layers, nHead: heads, nEmbd: width, scanBlocks });

/** A tree of a GPT from what `vector` and `kernel` make of PyTorch's names. */
const treeOf = (
  vector: (name: string) => Tensor,
  kernel: (name: string) => Tensor,
  scanBlocks: boolean,
): GptParams => {
  const blocks = Array.from({ length: layers }, (_, i) => ({
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
  }));
  return {
    wte: { table: vector("wte.weight") },
    wpe: { table: vector("wpe.weight") },
    blocks: scanBlocks ? stackLayers(blocks) : blocks,
    lnFinal: { scale: vector("ln_f.weight") },
  };
};

const weights = new Map(
  fixture.parameters.map(({ name, n, shape, scale, offset }) => [
    name,
    hashed(shape, n, scale, offset),
  ]),
);

const weight = (name: string): ArrayData => {
  const found = weights.get(name);
  if (found === undefined) throw new Error(`no weight ${name}`);
  return found;
};

/** The parameters the fixture starts from, on the current backend. */
export const startParams = (dtype: DType, scanBlocks: boolean): GptParams =>
  treeOf(
    (name) => toTensor(weight(name), dtype),
    (name) => kernelOf(weight(name), dtype),
    scanBlocks,
  );

/** The gradients of the first batch. */
export const expectedGrads = (dtype: DType, scanBlocks: boolean): GptParams => {
  const vector = (name: string): Tensor =>
    reshaped(fixture.grads[name] ?? [], weight(name).shape, dtype);
  return treeOf(vector, (name) => vector(name).transpose(), scanBlocks);
};

/** The batch of a step. */
export const batchAt = (step: number): Batch => {
  const span = batchSize * (blockSize + 1);
  const start = (step % 3) * span;
  const data = fixture.batches.data.slice(start, start + span);
  const all = toTensor({ shape: [batchSize, blockSize + 1], dtype: "int32", data });
  return {
    inputs: all.slice([0, 0], [batchSize, blockSize]),
    targets: all.slice([0, 1], [batchSize, blockSize + 1]),
  };
};

/** The loss of the fixture. */
export const lossOf =
  (config: GptConfig) =>
  (params: GptParams, { inputs, targets }: Batch): Tensor =>
    gpt.loss(params, inputs, targets, { ...config, ignoreIndex: -1 });

/** The recipe of the fixture: clipping, AdamW with a decay mask, nanoGPT's schedule. */
export const fixtureRecipe = (config: GptConfig): TrainRecipe<GptParams, Batch> => {
  const o = fixture.optimizer;
  const learningRate = warmupCosineDecay({
    peak: o.learningRate,
    end: o.minLearningRate,
    warmupSteps: o.warmup,
    decaySteps: o.decaySteps,
    rule: "nanoGpt",
  });
  return pretrain({
    loss: lossOf(config),
    optimizer: chain(
      clipByGlobalNorm(o.clip),
      adamw({
        learningRate,
        b1: o.beta1,
        b2: o.beta2,
        eps: o.eps,
        weightDecay: o.weightDecay,
        mask: gpt.decays,
      }),
    ),
  });
};

/** Parameters by PyTorch's name, in PyTorch's layout. */
export const byName = (params: GptParams): ReadonlyMap<string, Tensor> => {
  const found = new Map<string, Tensor>();
  const part = (x: Tensor, i: number, stacked: boolean): Tensor =>
    stacked
      ? x.slice([i, ...x.shape.slice(1).map(() => 0)], [i + 1, ...x.shape.slice(1)]).squeeze(0)
      : x;
  found.set("wte.weight", params.wte.table);
  found.set("wpe.weight", params.wpe.table);
  found.set("ln_f.weight", params.lnFinal.scale);
  for (let i = 0; i < layers; i++) {
    const stacked = !Array.isArray(params.blocks);
    const block = Array.isArray(params.blocks) ? params.blocks[i] : params.blocks;
    const [up, down] = block.mlp.layers;
    found.set(`h.${i}.ln_1.weight`, part(block.ln1.scale, i, stacked));
    found.set(`h.${i}.ln_2.weight`, part(block.ln2.scale, i, stacked));
    const kernels = {
      "attn.c_attn": block.attention.qkv.kernel,
      "attn.c_proj": block.attention.projection.kernel,
      "mlp.c_fc": up.kernel,
      "mlp.c_proj": down.kernel,
    };
    for (const [name, kernel] of Object.entries(kernels))
      found.set(`h.${i}.${name}.weight`, part(kernel, i, stacked).transpose());
  }
  return found;
};
